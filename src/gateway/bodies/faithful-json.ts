import type { FieldProblem } from '../../contracts/approval/decision.ts';

/** A body can hold a hundred thousand mistakes; nobody reads them all, and an answer must not be larger than what was sent. */
const MAXIMUM_PROBLEMS = 20;

/**
 * Finds the parts of a JSON text that would change when it is parsed: numbers that are rounded, keys of which only the last
 * counts, halves of characters, which have no UTF-8. A person must be shown, and a tool be given, exactly what was sent.
 *
 * @param text - JSON that JSON.parse has taken.
 * @returns one problem a field, the first 20 of them; none when all of it is kept.
 */
export function unfaithful(text: string): FieldProblem[] {
  const problems: FieldProblem[] = [];
  /** The objects and arrays around the place that is read; `at` is the key or index it stands at. */
  const open: { keys: Set<string> | null; at: string | number }[] = [];
  const complain = (message: string): void => {
    problems.push({ field: open.map(({ at }) => at).join('.'), message });
  };
  let isKey = false;
  for (let offset = 0; offset < text.length && problems.length < MAXIMUM_PROBLEMS;) {
    const character = text[offset] ?? '';
    const around = open.at(-1);
    let end = offset + 1;
    if (character === '{' || character === '[') {
      isKey = character === '{';
      open.push(isKey ? { keys: new Set(), at: '' } : { keys: null, at: 0 });
    } else if (character === '}' || character === ']') {
      open.pop();
      isKey = false;
    } else if (character === ',') {
      isKey = around?.keys != null;
      if (typeof around?.at === 'number') around.at += 1;
    } else if (character === '"') {
      end = endOfString(text, offset);
      const value = JSON.parse(text.slice(offset, end)) as string;
      const isHalved = !value.isWellFormed();
      if (isKey && around?.keys) {
        around.at = isHalved ? value.toWellFormed() : value;
        if (around.keys.has(value)) complain('appears more than once; send each field once');
        around.keys.add(value);
        if (value === '__proto__') complain('is a reserved field name; use another one');
      }
      if (isHalved) complain('contains half of a character (a lone surrogate); remove it');
      isKey = false;
    } else if (/[-\d]/.test(character)) {
      while (/[-+.\deE]/.test(text[end] ?? '')) end += 1;
      const number = text.slice(offset, end);
      if (!isKept(number)) {
        const shown = number.length > 40 ? `${number.slice(0, 40)}…` : number;
        complain(`is ${shown}, which JavaScript cannot store exactly; send a shorter number or a string`);
      }
    }
    offset = end;
  }
  return problems;
}

/** Behind the quote that closes the string. */
function endOfString(text: string, start: number): number {
  for (let end = text.indexOf('"', start + 1); ; end = text.indexOf('"', end + 1)) {
    let backslashes = 0;
    while (text[end - 1 - backslashes] === '\\') backslashes += 1;
    if (backslashes % 2 === 0) return end + 1;
  }
}

/** A number that JavaScript writes again with the same value; 1.0 and 1e3 are. */
function isKept(number: string): boolean {
  const value = Number(number);
  return Number.isFinite(value) && valueOf(number) === valueOf(String(value));
}

/** The same text for the same value: digits without zeros at either end, and the place of the last one. */
function valueOf(number: string): string {
  const [, whole = '', fraction = '', exponent = '0'] =
    /^-?(\d+)(?:\.(\d+))?(?:[eE]([+-]?\d+))?$/.exec(number) ?? [];
  const digits = `${whole}${fraction}`.replace(/^0+/, '');
  const significant = digits.slice(0, endOfSignificant(digits));
  const place = Number(exponent) - fraction.length + digits.length - significant.length;
  return significant === '' ? '0' : `${significant}e${place}`;
}

function endOfSignificant(digits: string): number {
  let end = digits.length;
  while (digits[end - 1] === '0') end -= 1;
  return end;
}
