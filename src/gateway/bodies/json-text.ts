/** JSON from outside: parsed, or refused with a sentence that says where and why. */
export type ParsedJson = { ok: true; value: unknown } | { ok: false; message: string };

/**
 * Deeper values are refused: everything that walks them afterwards (Temporal's converter, canonical JSON, the inbox's table)
 * recurses, and a body of 1 MiB could hold half a million brackets.
 */
const MAXIMUM_DEPTH = 64;

export function parseJson(text: string): ParsedJson {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    // V8's message names no position for many mistakes and quotes the text for others.
    return { ok: false, message: describe(text, errorOffset(text)) };
  }
  if (isDeeperThan(value, MAXIMUM_DEPTH)) {
    return { ok: false, message: `values are nested more than ${MAXIMUM_DEPTH} deep` };
  }
  return { ok: true, value };
}

function isDeeperThan(value: unknown, limit: number): boolean {
  let level = [value];
  for (let depth = 0; level.length > 0; depth += 1) {
    if (depth > limit) return true;
    level = level.flatMap((item): unknown[] =>
      typeof item === 'object' && item !== null ? Object.values(item) : [],
    );
  }
  return false;
}

function describe(text: string, offset: number): string {
  if (text.trim() === '') return 'it is empty';
  if (offset >= text.length) return 'it ends too early: a bracket, quote or value is missing';
  const before = text.slice(0, offset).split('\n');
  const column = (before.at(-1) ?? '').length + 1;
  const found = text[offset] === '\n' ? 'the line break' : `"${text[offset] ?? ''}"`;
  return `${found} is not expected at line ${before.length}, column ${column}`;
}

const SCALAR = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null/y;
const PLAIN_STRING_PART = /[^"\\\p{Cc}]+|[\x7f-\x9f]+|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4})/uy;
const BLANK = /[ \t\r\n]*/y;

type Wanted = 'value' | 'valueOrEnd' | 'key' | 'keyOrEnd' | 'colon' | 'commaOrEnd';

/** Where a text stops being JSON; its length when it only ends too early. Reads like JSON.parse, with a stack of its own. */
function errorOffset(text: string): number {
  const open: ('[' | '{')[] = [];
  let offset = 0;
  let wants = 'value' as Wanted;
  for (;;) {
    offset += lengthAt(BLANK, text, offset);
    const char = text[offset];
    const end = open.at(-1) === '[' ? ']' : '}';
    if (char === undefined || (open.length === 0 && wants === 'commaOrEnd')) return offset;
    const mayEnd = wants === 'valueOrEnd' || wants === 'keyOrEnd' || wants === 'commaOrEnd';
    if (char === end && open.length > 0 && mayEnd) {
      open.pop();
      wants = 'commaOrEnd';
      offset += 1;
    } else if (wants === 'commaOrEnd' || wants === 'colon') {
      if (char !== (wants === 'colon' ? ':' : ',')) return offset;
      wants = wants === 'commaOrEnd' && end === '}' ? 'key' : 'value';
      offset += 1;
    } else if (char === '"') {
      const string = stringAt(text, offset);
      if (!string.closed) return string.end;
      wants = wants === 'key' || wants === 'keyOrEnd' ? 'colon' : 'commaOrEnd';
      offset = string.end;
    } else if (wants === 'key' || wants === 'keyOrEnd') {
      return offset;
    } else if (char === '{' || char === '[') {
      open.push(char);
      wants = char === '{' ? 'keyOrEnd' : 'valueOrEnd';
      offset += 1;
    } else {
      const length = lengthAt(SCALAR, text, offset);
      if (length === 0) return offset;
      wants = 'commaOrEnd';
      offset += length;
    }
  }
}

function stringAt(text: string, start: number): { closed: boolean; end: number } {
  let end = start + 1;
  for (let length = 1; length > 0; end += length) length = lengthAt(PLAIN_STRING_PART, text, end);
  return text[end] === '"' ? { closed: true, end: end + 1 } : { closed: false, end };
}

function lengthAt(pattern: RegExp, text: string, offset: number): number {
  pattern.lastIndex = offset;
  return pattern.exec(text)?.[0].length ?? 0;
}
