import type { Verification } from './verification.ts';

const LABEL = 'countersign';
const HEIGHT = 20;
/** Of a letter of 11 px, on average; the text is stretched to what was reckoned. */
const LETTER = 6.5;
const PADDING = 7;
const COLOURS = { good: '#1a7f37', bad: '#cf222e' };

/** A badge for a README, as SVG: how many of the guarantees hold. */
export function badgeOf({ ok, guarantees }: Verification): string {
  const tried = guarantees.filter(({ number, status }) => number > 0 && status !== 'not-exercised');
  const holding = tried.filter(({ status }) => status === 'holds');
  const value = valueOf(ok, holding.length, tried.length);
  const left = widthOf(LABEL);
  const right = widthOf(value);
  const width = left + right;
  const text = (words: string, from: number, wide: number): string =>
    `<text x="${from + wide / 2}" y="14" textLength="${wide - 2 * PADDING}">${words}</text>`;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${HEIGHT}" role="img" aria-label="${LABEL}: ${value}">`,
    `  <title>${LABEL}: ${value}</title>`,
    `  <clipPath id="r"><rect width="${width}" height="${HEIGHT}" rx="3"/></clipPath>`,
    `  <g clip-path="url(#r)"><rect width="${left}" height="${HEIGHT}" fill="#444"/><rect x="${left}" width="${right}" height="${HEIGHT}" fill="${ok ? COLOURS.good : COLOURS.bad}"/></g>`,
    `  <g fill="#fff" text-anchor="middle" font-family="Verdana,Geneva,sans-serif" font-size="11">${text(LABEL, 0, left)}${text(value, left, right)}</g>`,
    '</svg>',
    '',
  ].join('\n');
}

function valueOf(ok: boolean, holding: number, tried: number): string {
  if (ok) return `${holding} guarantees hold`;
  // All of them may hold of an application that has another fault.
  return holding === tried ? 'fails' : `${holding} of ${tried} hold`;
}

function widthOf(words: string): number {
  return Math.round(words.length * LETTER) + 2 * PADDING;
}
