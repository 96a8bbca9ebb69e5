import { describe, expect, it } from 'vitest';

import { argumentsTable, notWhatItSeems } from '../../../src/gateway/inbox/arguments-table.ts';
import { timeLeft } from '../../../src/gateway/inbox/deadline.ts';
import type { Html } from '../../../src/gateway/inbox/html.ts';
import { visibleText } from '../../../src/gateway/inbox/visible-text.ts';

/** `html` gives a String object; nothing here is waited for. */
const source = (html: Html) => ''.concat(html as string);
/** What a reader sees: the page without its tags. */
const seen = (html: Html) => source(html).replace(/<[^>]*>/g, '');

describe('text on a page', () => {
  it.each([
    ['pay\u202Egnp.exe', 'pay⟦U+202E RIGHT-TO-LEFT OVERRIDE⟧gnp.exe'],
    ['a\u200Bb', 'a⟦U+200B ZERO WIDTH SPACE⟧b'],
    ['a\u2066b\u2069', 'a⟦U+2066 LEFT-TO-RIGHT ISOLATE⟧b⟦U+2069 POP DIRECTIONAL ISOLATE⟧'],
    ['\uFEFFa', '⟦U+FEFF ZERO WIDTH NO-BREAK SPACE⟧a'],
    ['a\u00ADb', 'a⟦U+00AD SOFT HYPHEN⟧b'],
    ['1\u00A0000', '1⟦U+00A0 NO-BREAK SPACE⟧000'],
    ['a\u3000b', 'a⟦U+3000 IDEOGRAPHIC SPACE⟧b'],
    ['a\u3164b', 'a⟦U+3164 HANGUL FILLER⟧b'],
    ['a\u2800b', 'a⟦U+2800 BRAILLE PATTERN BLANK⟧b'],
    ['a\u{E0041}b', 'a⟦U+E0041 TAG “A”⟧b'],
    ['a\uFE0Fb', 'a⟦U+FE0F VARIATION SELECTOR⟧b'],
    ['a\uE000b', 'a⟦U+E000 PRIVATE USE⟧b'],
    ['a\uD800b', 'a⟦U+D800 LONE SURROGATE⟧b'],
    ['a\u0378b', 'a⟦U+0378 INVISIBLE⟧b'],
    ['a\uFFF9b', 'a⟦U+FFF9 INVISIBLE⟧b'],
    ['a\u2028b', 'a⟦U+2028 LINE SEPARATOR⟧b'],
    ['a\tb\r\u0000\u001B', 'a⟦U+0009 TAB⟧b⟦U+000D CARRIAGE RETURN⟧⟦U+0000 NULL⟧⟦U+001B ESCAPE⟧'],
    [' a  ', '⟦SPACE⟧a⟦2 SPACES⟧'],
    ['   ', '⟦3 SPACES⟧'],
    ['one\ntwo', 'one↵\ntwo'],
  ])('%j is shown as %j', (text, expected) => {
    expect(seen(visibleText(text))).toBe(expected);
  });

  it.each(['refund 129.00 €', 'Grüße, 東京, שלום, مرحبا, नमस्ते', '👍 ok', 'a  b'])(
    '%j stays as it is',
    (text) => {
      expect(seen(visibleText(text))).toBe(text);
    },
  );

  it('cannot become markup', () => {
    const html = source(visibleText('<img src=x onerror="alert(1)">&\u200B<b>'));
    expect(html).not.toMatch(/<img|<b>/);
    expect(html).toContain('&lt;img src=x onerror=&quot;alert(1)&quot;&gt;&amp;');
  });

  it('is kept apart from the direction of its surroundings', () => {
    expect(source(visibleText('שלום'))).toMatch(/^<bdi class="text">.*<\/bdi>$/);
  });
});

describe('the table of arguments', () => {
  it('tells a number from a text of digits, and shows nested values', () => {
    const html = seen(argumentsTable({ a: 5, b: '5', c: null, d: [true, { e: '' }], f: [], g: {} })).replace(
      /\s+/g,
      ' ',
    );
    expect(html).toContain('a number 5 ');
    expect(html).toContain('b text “5”');
    expect(html).toContain('c nothing null');
    expect(html).toContain('d list of 2 true yes or no e text ⟦EMPTY TEXT⟧');
    expect(html).toContain('f list of 0 ⟦EMPTY LIST⟧');
    expect(html).toContain('g object ⟦EMPTY OBJECT⟧');
  });

  it('cuts nothing', () => {
    const long = 'abcdefghij'.repeat(2_000);
    expect(source(argumentsTable({ long }))).toContain(long);
  });

  it('marks hidden characters in names too', () => {
    expect(seen(argumentsTable({ 'amo\u200Bunt': 1 }))).toContain('amo⟦U+200B ZERO WIDTH SPACE⟧unt');
    expect(notWhatItSeems({ 'a\u200B': [{ b: '\u202E' }], c: '\\u200d', d: 'p\u0430y' })).toEqual({
      hidden: ['U+200B ZERO WIDTH SPACE', 'U+202E RIGHT-TO-LEFT OVERRIDE'],
      lookAlikes: ['MIXED LETTERS: LATIN AND CYRILLIC U+0430'],
    });
  });
});

describe('the time left', () => {
  it.each([
    [0, 'time is up'],
    [-5, 'time is up'],
    [999, '0 s left'],
    [59_999, '59 s left'],
    [60_000, '1 min 0 s left'],
    [553_000, '9 min 13 s left'],
    [3 * 3_600_000, '3 h 0 min left'],
    [3 * 86_400_000 + 3_600_000, '3 d 1 h left'],
  ])('%i ms is %j', (leftMs, words) => expect(timeLeft(leftMs)).toBe(words));
});
