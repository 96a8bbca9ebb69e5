import type { z } from 'zod';

import type { ToolArguments } from '../contracts/tool-call.ts';
import { isSameJson } from '../contracts/deciding/same-decision.ts';

/**
 * A schema is stable if it does not change its own result: `parse(parse(x))` equals `parse(x)`. Only then the arguments that a person sees,
 * and may send back with an edit, are those that run. Defaults, trims and coercions are stable. `e => e * 100` is not, nor is a transform
 * from text to number.
 */

/** The path of the first argument that a second parse would change, '' for the whole; null if there is none. */
export function unsteadyField(parameters: z.ZodObject, args: ToolArguments): string | null {
  const json = JSON.parse(JSON.stringify(args)) as unknown;
  const again = parameters.safeParse(json);
  if (!again.success) return again.error.issues[0]?.path.map(String).join('.') ?? '';
  return firstDifference(args, again.data);
}

function firstDifference(one: unknown, other: unknown): string | null {
  if (isSameJson(one, other)) return null;
  if (!isContainer(one) || !isContainer(other)) return '';
  for (const name of new Set([...Object.keys(one), ...Object.keys(other)])) {
    const inner = firstDifference(one[name], other[name]);
    if (inner !== null) return inner === '' ? name : `${name}.${inner}`;
  }
  return '';
}

/** Values that models and people send: a field that moves one of them is seen before any call. */
const SAMPLES: readonly unknown[] = [
  ...[1, 2, 0.5, 1_000, -1, true, false, null],
  ...['', 'a', ' A b ', 'A-1', '12', '1.50', 'true', '2026-01-31', '2026-01-31T10:00:00Z', 'a@b.example'],
];

/**
 * Looks for a field that is not stable, by parsing sample values with its schema. The review of each call finds what no sample shows, such
 * as a transform of a whole object.
 *
 * @returns what is wrong, as a sentence; null when nothing was found.
 */
export function unsteadySchemaProblem(parameters: z.core.$ZodType): string | null {
  const seen = new Set<z.core.$ZodType>();
  return look(parameters, '');

  function look(schema: z.core.$ZodType, path: string): string | null {
    if (seen.has(schema)) return null; // it contains itself
    seen.add(schema);
    if (SAMPLES.some((sample) => moves(schema, sample))) {
      return `parameters: "${path}" is not stable: the schema changes its own result. What people see and edit would not be what runs. Only validate in the schema, and convert in execute.`;
    }
    for (const [name, inner] of partsOf(schema)) {
      const problem = look(inner, path === '' || name === '' ? `${path}${name}` : `${path}.${name}`);
      if (problem !== null) return problem;
    }
    return null;
  }
}

function moves(schema: z.core.$ZodType, sample: unknown): boolean {
  const once = read(schema, sample);
  if (once === null || !isScalar(once.value)) return false; // a Date, say: no call with one is ever let through
  const again = read(schema, once.value);
  return again === null || !Object.is(again.value, once.value);
}

/** Null for what the schema refuses; one that throws or answers later is the review's business. */
function read(schema: z.core.$ZodType, value: unknown): { value: unknown } | null {
  try {
    const result = schema._zod.run({ value, issues: [] }, { async: true });
    if (result instanceof Promise) {
      result.catch(() => undefined);
      return null;
    }
    return result.issues.length === 0 ? { value: result.value } : null;
  } catch {
    return null;
  }
}

/** The schemas that a schema is made of, with the names of fields. Both ends of a pipe are looked at as one. */
function partsOf(schema: z.core.$ZodType): [string, z.core.$ZodType][] {
  const { def } = (schema as z.core.$ZodTypes)._zod;
  switch (def.type) {
    case 'object':
      return Object.entries(def.shape);
    case 'array':
      return [['0', def.element]];
    case 'tuple':
      return def.items.map((item, index) => [String(index), item]);
    case 'record':
      return [['*', def.valueType]];
    case 'union':
      return def.options.map((option) => ['', option]);
    case 'intersection':
      return [
        ['', def.left],
        ['', def.right],
      ];
    case 'optional':
    case 'nullable':
    case 'default':
    case 'prefault':
    case 'nonoptional':
    case 'readonly':
    case 'catch':
      return [['', def.innerType]];
    default:
      return [];
  }
}

function isScalar(value: unknown): boolean {
  return value === null || ['string', 'number', 'boolean'].includes(typeof value);
}

function isContainer(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}
