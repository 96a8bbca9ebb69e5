import { code, prose } from './markdown.ts';

/** As much of JSON Schema as our descriptions use. */
export interface Schema {
  $ref?: string;
  type?: string | string[];
  description?: string;
  enum?: unknown[];
  const?: unknown;
  default?: unknown;
  format?: string;
  pattern?: string;
  minLength?: number;
  maxLength?: number;
  minimum?: number;
  maximum?: number;
  exclusiveMinimum?: number;
  minItems?: number;
  maxItems?: number;
  properties?: Record<string, Schema>;
  required?: string[];
  items?: Schema;
  additionalProperties?: boolean | Schema;
  allOf?: Schema[];
  anyOf?: Schema[];
  oneOf?: Schema[];
}

export const COLUMNS = ['field', 'type', 'required', 'means'];

/** A row for each field of an object. */
export function ownFieldRows(schema: Schema, before = ''): string[][] {
  return Object.entries(schema.properties ?? {}).map(([name, field]) => [
    code(before + name),
    typeOf(field),
    schema.required?.includes(name) === true ? 'yes' : '',
    meaningOf(field),
  ]);
}

/** The same, with the fields of objects within it: `calls[].tool`. */
export function fieldRows(schema: Schema, before = ''): string[][] {
  if (schema.allOf !== undefined) return schema.allOf.flatMap((part) => fieldRows(part, before));
  const rows = ownFieldRows(schema, before);
  return Object.entries(schema.properties ?? {}).flatMap(([name, field], index) => [
    rows[index] ?? [],
    ...innerRows(field, before + name),
  ]);
}

function innerRows(field: Schema, path: string): string[][] {
  if (field.items !== undefined) return innerRows(field.items, `${path}[]`);
  if (field.properties !== undefined || field.allOf !== undefined) return fieldRows(field, `${path}.`);
  const kinds = (field.anyOf ?? field.oneOf ?? []).filter((kind) => kind.type !== 'null');
  const shapes = kinds.filter((kind) => kind.properties !== undefined || kind.items !== undefined);
  return shapes.flatMap((kind) => innerRows(kind, path));
}

/** What a value is, in a phrase; a named schema is linked to its heading. */
export function typeOf(schema: Schema): string {
  if (schema.$ref !== undefined) {
    const name = schema.$ref.split('/').at(-1) ?? '';
    return `[${name}](#${name.toLowerCase()})`;
  }
  if (schema.enum !== undefined)
    return schema.enum
      .map((value) => code(typeof value === 'string' ? value : JSON.stringify(value)))
      .join(', ');
  if (schema.const !== undefined) return code(JSON.stringify(schema.const));
  const kinds = schema.anyOf ?? schema.oneOf;
  if (kinds !== undefined) return [...new Set(kinds.map(typeOf))].join(' or ');
  if (schema.allOf !== undefined) return 'object';
  if (schema.items !== undefined) return `list of ${typeOf(schema.items)}`;
  const types = [schema.type ?? 'any'].flat();
  return types
    .map((type) => (type === 'string' && schema.format === 'date-time' ? 'time' : type))
    .join(' or ');
}

function meaningOf(schema: Schema): string {
  const inner = schema.description ?? schema.items?.description ?? '';
  return [prose(inner), ...limitsOf(schema)].filter(Boolean).join('; ');
}

/** What a value is held to, in phrases. */
export function limitsOf(schema: Schema): string[] {
  const { minLength = 0, maxLength, minimum, maximum, minItems = 0, maxItems } = schema;
  const digits = (value: number) => value.toLocaleString('en');
  const range = (least: number | undefined, most: number | undefined): string => {
    if (least === undefined || least <= Number.MIN_SAFE_INTEGER)
      return most === undefined ? '' : `at most ${digits(most)}`;
    if (most === undefined || most >= Number.MAX_SAFE_INTEGER) return `${digits(least)} or more`;
    return least === most ? digits(most) : `${digits(least)} to ${digits(most)}`;
  };
  const isNumber = minimum !== undefined || (maximum !== undefined && maximum < Number.MAX_SAFE_INTEGER);
  return [
    isNumber ? range(minimum, maximum) : '',
    maxLength === undefined
      ? minLength > 0
        ? 'not empty'
        : ''
      : `${range(minLength || undefined, maxLength)} characters`,
    minItems > 0 || maxItems !== undefined ? `${range(minItems || undefined, maxItems)} items` : '',
    schema.default === undefined ? '' : `default ${code(JSON.stringify(schema.default))}`,
  ].filter(Boolean);
}
