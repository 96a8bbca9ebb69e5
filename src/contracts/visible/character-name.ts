const NAMES: Record<number, string> = {
  0x00: 'NULL',
  0x07: 'BELL',
  0x08: 'BACKSPACE',
  0x09: 'TAB',
  0x0d: 'CARRIAGE RETURN',
  0x1b: 'ESCAPE',
  0x7f: 'DELETE',
  0x85: 'NEXT LINE',
  0xa0: 'NO-BREAK SPACE',
  0xad: 'SOFT HYPHEN',
  0x034f: 'COMBINING GRAPHEME JOINER',
  0x061c: 'ARABIC LETTER MARK',
  0x115f: 'HANGUL CHOSEONG FILLER',
  0x1160: 'HANGUL JUNGSEONG FILLER',
  0x1680: 'OGHAM SPACE MARK',
  0x180e: 'MONGOLIAN VOWEL SEPARATOR',
  0x2000: 'EN QUAD',
  0x2001: 'EM QUAD',
  0x2002: 'EN SPACE',
  0x2003: 'EM SPACE',
  0x2004: 'THREE-PER-EM SPACE',
  0x2005: 'FOUR-PER-EM SPACE',
  0x2006: 'SIX-PER-EM SPACE',
  0x2007: 'FIGURE SPACE',
  0x2008: 'PUNCTUATION SPACE',
  0x2009: 'THIN SPACE',
  0x200a: 'HAIR SPACE',
  0x200b: 'ZERO WIDTH SPACE',
  0x200c: 'ZERO WIDTH NON-JOINER',
  0x200d: 'ZERO WIDTH JOINER',
  0x200e: 'LEFT-TO-RIGHT MARK',
  0x200f: 'RIGHT-TO-LEFT MARK',
  0x2028: 'LINE SEPARATOR',
  0x2029: 'PARAGRAPH SEPARATOR',
  0x202a: 'LEFT-TO-RIGHT EMBEDDING',
  0x202b: 'RIGHT-TO-LEFT EMBEDDING',
  0x202c: 'POP DIRECTIONAL FORMATTING',
  0x202d: 'LEFT-TO-RIGHT OVERRIDE',
  0x202e: 'RIGHT-TO-LEFT OVERRIDE',
  0x202f: 'NARROW NO-BREAK SPACE',
  0x205f: 'MEDIUM MATHEMATICAL SPACE',
  0x2060: 'WORD JOINER',
  0x2061: 'FUNCTION APPLICATION',
  0x2062: 'INVISIBLE TIMES',
  0x2063: 'INVISIBLE SEPARATOR',
  0x2064: 'INVISIBLE PLUS',
  0x2066: 'LEFT-TO-RIGHT ISOLATE',
  0x2067: 'RIGHT-TO-LEFT ISOLATE',
  0x2068: 'FIRST STRONG ISOLATE',
  0x2069: 'POP DIRECTIONAL ISOLATE',
  0x2800: 'BRAILLE PATTERN BLANK',
  0x3000: 'IDEOGRAPHIC SPACE',
  0x3164: 'HANGUL FILLER',
  0xfeff: 'ZERO WIDTH NO-BREAK SPACE',
  0xffa0: 'HALFWIDTH HANGUL FILLER',
  0xfffc: 'OBJECT REPLACEMENT CHARACTER',
  0x13441: 'EGYPTIAN HIEROGLYPH FULL BLANK',
  0x13442: 'EGYPTIAN HIEROGLYPH HALF BLANK',
  0x13443: 'EGYPTIAN HIEROGLYPH LOST SIGN',
  0x16fe4: 'KHITAN SMALL SCRIPT FILLER',
  0x1d159: 'MUSICAL SYMBOL NULL NOTEHEAD',
};

/** Code points that have no name of their own here, by range; the first that fits. */
const RANGES: readonly (readonly [first: number, last: number, name: string])[] = [
  [0x00, 0x1f, 'CONTROL'],
  [0x80, 0x9f, 'CONTROL'],
  [0xd800, 0xdfff, 'LONE SURROGATE'],
  [0xe000, 0xf8ff, 'PRIVATE USE'],
  [0xfe00, 0xfe0f, 'VARIATION SELECTOR'],
  [0xe0000, 0xe007f, 'TAG'],
  [0xe0100, 0xe01ef, 'VARIATION SELECTOR'],
  [0xf0000, 0x10ffff, 'PRIVATE USE'],
];

/** A character's code point, such as `U+202E`. */
export function codePointName(character: string): string {
  return `U+${(character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')}`;
}

/** What the mark of an invisible character says, such as `U+202E RIGHT-TO-LEFT OVERRIDE`. */
export function characterName(character: string): string {
  const code = character.codePointAt(0) ?? 0;
  const hex = codePointName(character);
  const name = NAMES[code] ?? RANGES.find(([first, last]) => code >= first && code <= last)?.[2];
  // Tag characters are ASCII in disguise: text can be hidden in them, so the mark says which letter it is.
  const tagged = code >= 0xe0021 && code <= 0xe007e ? ` “${String.fromCodePoint(code - 0xe0000)}”` : '';
  return `${hex} ${name ?? 'INVISIBLE'}${tagged}`;
}
