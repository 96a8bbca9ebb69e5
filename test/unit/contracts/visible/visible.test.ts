import { describe, expect, it } from 'vitest';

import { toPieces } from '../../../../src/contracts/visible/pieces.ts';
import {
  editableJson,
  visible,
  visibleJson,
  visibleLines,
} from '../../../../src/contracts/visible/visible.ts';
import { visibleText } from '../../../../src/gateway/inbox/visible-text.ts';

/** What the inbox shows, without its tags. */
const onPage = (text: string) => ''.concat(visibleText(text) as string).replace(/<[^>]*>/g, '');

describe('what a reader would not see is marked, on a terminal as in the inbox', () => {
  it.each([
    ['a variation selector', 'a\uFE0Fb', 'a⟦U+FE0F VARIATION SELECTOR⟧b'],
    ['one of the many others', 'a\u{E0100}b', 'a⟦U+E0100 VARIATION SELECTOR⟧b'],
    ['a space that is none of ours', '1\u00A0000', '1⟦U+00A0 NO-BREAK SPACE⟧000'],
    ['a wide space', 'a\u3000b', 'a⟦U+3000 IDEOGRAPHIC SPACE⟧b'],
    ['a blank letter', 'a\u3164b', 'a⟦U+3164 HANGUL FILLER⟧b'],
    ['a blank pattern', 'a\u2800b', 'a⟦U+2800 BRAILLE PATTERN BLANK⟧b'],
    ['a joiner of no width', 'a\u034Fb', 'a⟦U+034F COMBINING GRAPHEME JOINER⟧b'],
    ['a tag', 'a\u{E0041}b', 'a⟦U+E0041 TAG “A”⟧b'],
    ['a note without a head', 'a\u{1D159}b', 'a⟦U+1D159 MUSICAL SYMBOL NULL NOTEHEAD⟧b'],
    ['a blank hieroglyph', 'a\u{13441}b', 'a⟦U+13441 EGYPTIAN HIEROGLYPH FULL BLANK⟧b'],
    ['half of one', 'a\u{13442}b', 'a⟦U+13442 EGYPTIAN HIEROGLYPH HALF BLANK⟧b'],
    ['a lost one', 'a\u{13443}b', 'a⟦U+13443 EGYPTIAN HIEROGLYPH LOST SIGN⟧b'],
    ['a filler', 'a\u{16FE4}b', 'a⟦U+16FE4 KHITAN SMALL SCRIPT FILLER⟧b'],
    [
      'combining marks beyond four in a row',
      'a\u0301\u0301\u0301\u0301\u0302\u0303b',
      'a\u0301\u0301\u0301\u0301⟦2 COMBINING MARKS U+0302 U+0303⟧b',
    ],
    ['a mark without a letter', '\u0338100', '⟦U+0338 COMBINING MARK⟧100'],
    ['spaces at the ends', ' a  ', '⟦SPACE⟧a⟦2 SPACES⟧'],
    ['nothing at all', 'a\u200Bb', 'a⟦U+200B ZERO WIDTH SPACE⟧b'],
    ['isolates', 'a\u2066b\u2069', 'a⟦U+2066 LEFT-TO-RIGHT ISOLATE⟧b⟦U+2069 POP DIRECTIONAL ISOLATE⟧'],
    ['a byte order mark', '\uFEFFa', '⟦U+FEFF ZERO WIDTH NO-BREAK SPACE⟧a'],
    ['a hyphen that shows at the end of a line only', 'a\u00ADb', 'a⟦U+00AD SOFT HYPHEN⟧b'],
    ['a private character', 'a\uE000b', 'a⟦U+E000 PRIVATE USE⟧b'],
    ['half of a pair', 'a\uD800b', 'a⟦U+D800 LONE SURROGATE⟧b'],
    ['a character that is not assigned', 'a\u0378b', 'a⟦U+0378 INVISIBLE⟧b'],
    ['an annotation', 'a\uFFF9b', 'a⟦U+FFF9 INVISIBLE⟧b'],
    ['a line separator', 'a\u2028b', 'a⟦U+2028 LINE SEPARATOR⟧b'],
    ['a tab', 'a\tb', 'a⟦U+0009 TAB⟧b'],
    ['other controls', 'b\r\u0000\u001B', 'b⟦U+000D CARRIAGE RETURN⟧⟦U+0000 NULL⟧⟦U+001B ESCAPE⟧'],
    ['nothing but spaces', '   ', '⟦3 SPACES⟧'],
    ['an override', 'pay\u202Egnp.exe', 'pay⟦U+202E RIGHT-TO-LEFT OVERRIDE⟧gnp.exe'],
  ])('%s', (_what, text, shown) => {
    expect(visible(text)).toBe(shown);
    expect(onPage(text)).toBe(shown);
  });

  it('all code points that Unicode shows as nothing', () => {
    const raw: string[] = [];
    for (let code = 0; code <= 0x10ffff; code += 1) {
      const character = String.fromCodePoint(code);
      const isUnseen = /[\p{Cc}\p{Cf}\p{Z}\p{Default_Ignorable_Code_Point}]/u.test(character);
      if (isUnseen && character !== ' ' && visible(`a${character}b`) === `a${character}b`)
        raw.push(code.toString(16));
    }
    expect(raw).toEqual([]);
  });
});

describe('what looks like something else says what it is', () => {
  it.each([
    [
      'letters of two alphabets in a word',
      'p\u0430ypal',
      'p\u0430ypal⟦MIXED LETTERS: LATIN AND CYRILLIC U+0430⟧',
    ],
    ['Greek ones too', 'r\u03B5fund', 'r\u03B5fund⟦MIXED LETTERS: LATIN AND GREEK U+03B5⟧'],
    [
      'a domain name of other letters, beside its punycode',
      'pay to \u0430\u0440\u0440\u04CF\u0435.com now',
      'pay to \u0430\u0440\u0440\u04CF\u0435.com⟦THE DOMAIN xn--80ak6aa92e.com⟧ now',
    ],
    [
      'punycode, beside what browsers show for it',
      'https://xn--80ak6aa92e.com/pay',
      'https://xn--80ak6aa92e.com⟦LOOKS LIKE \u0430\u0440\u0440\u04CF\u0435.com⟧/pay',
    ],
    ['wide letters', 'ｐａｙ.com', 'ｐａｙ.com⟦THE DOMAIN pay.com⟧'],
    [
      'the domain of a mail address',
      'ada@b\u00FCcher.example',
      'ada@b\u00FCcher.example⟦THE DOMAIN xn--bcher-kva.example⟧',
    ],
  ])('%s', (_what, text, shown) => {
    expect(visible(text)).toBe(shown);
    expect(onPage(text)).toBe(shown);
  });
});

it.each([
  'refund 129.00 €',
  'Grüße, 東京タワー, Tシャツ, שלום, مرحبا, नमस्ते, Việt Nam',
  'Привет, IT-отдел',
  '👍 ok',
  'https://example.com/a?b=c, ada@example.com, v1.24.0',
  'a  b',
])('%j stays as it is', (text) => {
  expect(visible(text)).toBe(text);
  expect(onPage(text)).toBe(text);
});

describe('values', () => {
  it('are JSON as everybody writes it when nothing is hidden', () => {
    const value = { a: 1, b: ['x', null, true, {}], c: { d: 'one\nПривет "du"' }, e: [] };
    expect(visibleJson(value)).toBe(JSON.stringify(value));
    expect(editableJson(value)).toBe(JSON.stringify(value, null, 2));
  });

  it('show what is hidden in names and texts, and the rest of them', () => {
    expect(visibleJson({ 'to\u200B': 'p\u0430y\u3164' })).toBe(
      '{"to⟦U+200B ZERO WIDTH SPACE⟧":"p\u0430y⟦MIXED LETTERS: LATIN AND CYRILLIC U+0430⟧⟦U+3164 HANGUL FILLER⟧"}',
    );
  });

  it('have hidden characters as escapes when they are to be edited, and mean the same', () => {
    const value = {
      ...{ to: 'x\u200B@example.com', tag: '\u{E0041}', lines: 'a\nb', plain: 'Grüße' },
      ...{ piled: `a${'\u0301'.repeat(6)}`, mixed: 'p\u0430y.com', spaced: ' a ', half: '\uD800' },
    };
    const text = editableJson(value);
    expect(text).toContain('x\\u200b@example.com');
    expect(text).toContain('\\udb40\\udc41');
    expect(text).toContain('" a "');
    expect(JSON.parse(text)).toEqual(value);
  });
});

it('a reply keeps its lines, a label of one line has none', () => {
  expect(visibleLines('one\ntwo\u200B')).toBe('one\ntwo⟦U+200B ZERO WIDTH SPACE⟧');
  expect(visible('one\ntwo')).toBe('one⟦LINE BREAK⟧two');
  expect(onPage('one\ntwo')).toBe('one↵\ntwo');
});

it('nothing of a text is lost: its pieces are the text', () => {
  const text = ` \u0301a\u200B\n${'\u0301'.repeat(9)} xn--80ak6aa92e.com p\u0430y  `;
  const pieces = toPieces(text, { edges: { start: true, end: true } }).flatMap((piece) =>
    'text' in piece ? [piece.text] : [],
  );
  expect(pieces.join('')).toBe(text);
});

// What looks at each piece of a text again for each other would not end within the test's limit.
it.each([
  ['words with hyphens', '\u0430-'.repeat(500_000)],
  ['spaces within', `a${' '.repeat(1_000_000)}b`],
  ['names with dots', '\u0430b.'.repeat(300_000)],
])('a text of a million characters is shown: %s', (_, text) => {
  expect(visible(text)).not.toBe('');
});
