/**
 * Sizes as Temporal sees them: a value travels as JSON in UTF-8, where a line break or a quote takes two bytes and another
 * control character six.
 */

/** Bytes of a value as JSON in UTF-8; 0 for what JSON leaves out. */
export function jsonBytes(value: unknown): number {
  const text = JSON.stringify(value) as string | undefined;
  return text === undefined ? 0 : new TextEncoder().encode(text).length;
}

/**
 * The beginning of a text that takes at most so many bytes inside a JSON string. No character is cut in two.
 *
 * @returns the text itself when all of it fits.
 */
export function cutToJsonBytes(text: string, maximumBytes: number): string {
  let bytes = 0;
  for (let index = 0; index < text.length;) {
    const codePoint = text.codePointAt(index) ?? 0;
    bytes += jsonBytesOf(codePoint);
    if (bytes > maximumBytes) return text.slice(0, index);
    index += codePoint > 0xffff ? 2 : 1;
  }
  return text;
}

/**
 * Cuts the longest of some texts until all fit together: short ones stay whole, the long ones share what is left.
 *
 * @param maximumBytes - of all texts inside JSON strings; what says that a text was cut comes on top.
 */
export function fitTogether(texts: readonly string[], maximumBytes: number): string[] {
  const sizes = texts.map((text) => jsonBytes(text));
  if (sizes.reduce((sum, size) => sum + size, 0) <= maximumBytes) return [...texts];
  let left = maximumBytes;
  let most = maximumBytes;
  // From the shortest on: whoever needs less than an equal share leaves the rest to the others.
  sizes
    .toSorted((a, b) => a - b)
    .forEach((size, index) => {
      most = left / (sizes.length - index);
      left -= Math.min(size, most);
    });
  return texts.map((text, index) => {
    const size = sizes[index] ?? 0;
    if (size <= most) return text;
    return `${cutToJsonBytes(text, most)}\n[Cut here: it has ${inDigits(size)} bytes, too many beside the others.]`;
  });
}

/** The text, or its beginning and a note of how long it was. */
export function shorten(text: string, maximumCharacters: number): string {
  if (text.length <= maximumCharacters) return text;
  return `${cutAt(text, maximumCharacters)}… (cut: ${inDigits(text.length)} characters)`;
}

/** 300000 as `300,000`, whatever the machine's language. */
export function inDigits(count: number): string {
  return String(count).replaceAll(/\B(?=(?:\d{3})+$)/g, ',');
}

/** A surrogate pair is not torn apart: half a character has no UTF-8. */
function cutAt(text: string, length: number): string {
  const isPairTorn = /[\uD800-\uDBFF]/.test(text[length - 1] ?? '');
  return text.slice(0, isPairTorn ? length - 1 : length);
}

const ESCAPED_IN_TWO = new Set(['"', '\\', '\b', '\t', '\n', '\f', '\r'].map((text) => text.codePointAt(0)));

function jsonBytesOf(codePoint: number): number {
  if (ESCAPED_IN_TWO.has(codePoint)) return 2;
  if (codePoint < 0x20) return 6;
  if (codePoint < 0x80) return 1;
  if (codePoint < 0x800) return 2;
  // A surrogate without its other half is written as an escape.
  if (codePoint >= 0xd800 && codePoint <= 0xdfff) return 6;
  return codePoint > 0xffff ? 4 : 3;
}
