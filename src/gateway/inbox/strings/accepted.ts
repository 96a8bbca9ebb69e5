import { isLanguage, type Language } from './languages.ts';

/**
 * Of the languages that a browser asks for the one it likes best and that there are words in (RFC 9110 §12.5.4, and the lookup of RFC 4647:
 * `de-AT` is served with `de`). Equal ones come in the browser's order, and what has a quality of 0 is not wanted.
 *
 * @returns null where there is none, or `*` alone.
 */
export function acceptedLanguage(header: string | undefined): Language | null {
  const ranges = (header ?? '').split(',').flatMap((part, index) => {
    const [range = '', ...parameters] = part.split(';').map((text) => text.trim().toLowerCase());
    const quality = qualityIn(parameters);
    return range === '' || quality === null ? [] : [{ range, quality, index }];
  });
  const unwanted = new Set(ranges.filter(({ quality }) => quality === 0).map(({ range }) => range));
  const wanted = ranges
    .filter(({ quality }) => quality > 0)
    .toSorted((one, other) => other.quality - one.quality || one.index - other.index);
  for (const { range } of wanted) {
    const language = range.split('-')[0];
    if (isLanguage(language) && !unwanted.has(language)) return language;
  }
  return null;
}

/** 1 without one; null for one that is none. */
function qualityIn(parameters: readonly string[]): number | null {
  const given = parameters.find((text) => /^q\s*=/.test(text));
  if (given === undefined) return 1;
  const value = given.replace(/^q\s*=\s*/, '');
  return /^(0(\.\d{0,3})?|1(\.0{0,3})?)$/.test(value) ? Number(value) : null;
}
