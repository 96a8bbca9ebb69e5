import { DIGEST } from './digest.ts';
import { FormatError } from './format-error.ts';

/** Looks at one value. Throws a FormatError that names the field and what is allowed. */
export type Check = (value: unknown, field: string) => void;

const TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;

export function text(maximum = 1_000): Check {
  return (value, field) => {
    if (typeof value === 'string' && value.length > 0 && value.length <= maximum) return;
    throw new FormatError(field, `must be a text of 1 to ${maximum} characters`);
  };
}

export const time: Check = (value, field) => {
  if (typeof value === 'string' && TIME.test(value) && !Number.isNaN(Date.parse(value))) return;
  throw new FormatError(field, 'must be a time in UTC with milliseconds, such as 2026-03-01T09:30:00.000Z');
};

export const digest: Check = (value, field) => {
  if (typeof value === 'string' && DIGEST.test(value)) return;
  throw new FormatError(field, 'must be "sha256:" and 64 hexadecimal digits');
};

export const yes: Check = (value, field) => {
  if (value !== true) throw new FormatError(field, 'must be true, or be left out');
};

export const anything: Check = () => undefined;

export function version(found: string): Check {
  return (value, field) => {
    if (value === 1) return;
    throw new FormatError(
      field,
      `must be 1, the only version this program knows: ${found} of another one needs another @countersign/receipts`,
    );
  };
}

export function integer(minimum = 0, maximum = Number.MAX_SAFE_INTEGER): Check {
  const range =
    maximum === Number.MAX_SAFE_INTEGER ? `of at least ${minimum}` : `from ${minimum} to ${maximum}`;
  return (value, field) => {
    if (Number.isSafeInteger(value) && (value as number) >= minimum && (value as number) <= maximum) return;
    throw new FormatError(field, `must be a whole number ${range}`);
  };
}

export function oneOf(words: readonly string[]): Check {
  const allowed = new Set<unknown>(words);
  return (value, field) => {
    if (!allowed.has(value)) throw new FormatError(field, `must be one of ${words.join(', ')}`);
  };
}

export function orNull(check: Check): Check {
  return (value, field) => {
    if (value !== null) check(value, field);
  };
}

export function listOf(check: Check, maximum = 1_000): Check {
  return (value, field) => {
    if (!Array.isArray(value) || value.length > maximum)
      throw new FormatError(field, `must be a list of at most ${maximum}`);
    value.forEach((item, index) => check(item, `${field}.${index}`));
  };
}

export function mapOf(check: Check, maximum = 100): Check {
  return (value, field) => {
    if (!isObject(value) || Object.keys(value).length > maximum)
      throw new FormatError(field, `must be an object of at most ${maximum} fields`);
    for (const [key, item] of Object.entries(value)) check(item, `${field}.${key}`);
  };
}

/** An object with these fields and no other ones. */
export function object(required: Record<string, Check>, optional: Record<string, Check> = {}): Check {
  const known = new Map(Object.entries({ ...required, ...optional }));
  const needed = Object.keys(required);
  return (value, field) => {
    if (!isObject(value)) throw new FormatError(field, 'must be an object');
    for (const key of needed)
      if (!Object.hasOwn(value, key)) throw new FormatError(`${field}.${key}`, 'is missing');
    for (const key of Object.keys(value)) {
      const check = known.get(key);
      if (check === undefined)
        throw new FormatError(
          field,
          `has a field that is not known; known are ${[...known.keys()].join(', ')}`,
        );
      check(value[key], `${field}.${key}`);
    }
  };
}

export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
