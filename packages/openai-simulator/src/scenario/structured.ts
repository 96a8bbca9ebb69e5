/**
 * Replies in the form a request wants. A reply that is JSON already is said as it is: a scenario knows best what it plays. Any other is
 * put into an object of the wanted schema, so that clients which parse it find what they parse by.
 */

type Json = null | boolean | number | string | Json[] | { [name: string]: Json };
type Schema = Record<string, unknown>;

/**
 * @param format - `response_format` of Chat Completions and Assistants, or `text.format` of Responses.
 */
export function inFormat(reply: string, format: unknown): string {
  const wanted = isRecord(format) ? format : {};
  if (wanted.type !== 'json_schema' && wanted.type !== 'json_object') return reply;
  if (isJson(reply)) return reply;
  if (wanted.type === 'json_object') return JSON.stringify({ reply });
  const named = isRecord(wanted.json_schema) ? wanted.json_schema : wanted;
  const schema = isRecord(named.schema) ? named.schema : {};
  return JSON.stringify(exampleOf(schema, { root: schema, text: reply, depth: 0 }));
}

interface Context {
  /** Where `$ref` leads. */
  root: Schema;
  /** What stands in every free text. */
  text: string;
  /** How deep it is, so that a schema that contains itself comes to an end. */
  depth: number;
}

const DEEPEST = 12;

/** The plainest value of a schema: required and optional fields, the first of several possibilities, one item of a list. */
function exampleOf(schema: Schema, context: Context): Json {
  const inner: Context = { ...context, depth: context.depth + 1 };
  if (typeof schema.$ref === 'string') return exampleOf(resolve(schema.$ref, context.root), inner);
  if ('const' in schema) return schema.const as Json;
  const [first] = Array.isArray(schema.enum) ? (schema.enum as Json[]) : [];
  if (first !== undefined) return first;
  const choices = [schema.anyOf, schema.oneOf].flatMap((list): unknown[] =>
    Array.isArray(list) ? list : [],
  );
  // Deep down the way out is taken, which is null or a list without items.
  const isDeep = context.depth >= DEEPEST;
  const chosen = choices.filter(isRecord).find(({ type }) => (type === 'null') === isDeep) ?? choices[0];
  if (isRecord(chosen)) return exampleOf(chosen, inner);
  const parts = Array.isArray(schema.allOf) ? schema.allOf.filter(isRecord) : [];
  if (parts.length > 0) return exampleOf(merged(parts, context.root), inner);

  switch (typeOf(schema, isDeep)) {
    case 'object': {
      const fields = isRecord(schema.properties) ? Object.entries(schema.properties) : [];
      return Object.fromEntries(
        fields.map(([name, field]) => [name, exampleOf(isRecord(field) ? field : {}, inner)]),
      );
    }
    case 'array': {
      const count = Math.max(Number(schema.minItems ?? 0), isDeep ? 0 : 1);
      const items = isRecord(schema.items) ? schema.items : {};
      return Array.from({ length: count }, () => exampleOf(items, inner));
    }
    case 'integer':
    case 'number':
      return numberOf(schema);
    case 'boolean':
      return false;
    case 'null':
      return null;
    default:
      return textFor(schema, context.text);
  }
}

function typeOf({ type, properties, items }: Schema, isDeep: boolean): unknown {
  if (Array.isArray(type))
    return isDeep && type.includes('null') ? 'null' : (type.find((name) => name !== 'null') ?? 'null');
  return type ?? (properties !== undefined ? 'object' : items !== undefined ? 'array' : 'string');
}

/** 0 where it fits, else the number nearest to it. */
function numberOf({
  type,
  minimum,
  exclusiveMinimum,
  maximum,
  exclusiveMaximum,
  multipleOf,
}: Schema): number {
  const step = typeof multipleOf === 'number' ? multipleOf : type === 'integer' ? 1 : 0.5;
  const lowest =
    typeof exclusiveMinimum === 'number' ? exclusiveMinimum + step : Number(minimum ?? -Infinity);
  const highest =
    typeof exclusiveMaximum === 'number' ? exclusiveMaximum - step : Number(maximum ?? Infinity);
  if (lowest > 0) return Math.min(Math.ceil(lowest / step) * step, highest);
  return highest < 0 ? Math.max(Math.floor(highest / step) * step, lowest) : 0;
}

const FORMATS: Record<string, string> = {
  'date-time': '2026-01-15T12:00:00Z',
  date: '2026-01-15',
  time: '12:00:00Z',
  duration: 'PT1H',
  email: 'somebody@example.com',
  hostname: 'example.com',
  ipv4: '192.0.2.1',
  ipv6: '2001:db8::1',
  uuid: '00000000-0000-4000-8000-000000000000',
  uri: 'https://example.com/',
};

function textFor({ format, minLength, maxLength }: Schema, text: string): string {
  const known = typeof format === 'string' ? FORMATS[format] : undefined;
  if (known !== undefined) return known;
  const padded = text.padEnd(Number(minLength ?? 0), '.');
  return typeof maxLength === 'number' ? padded.slice(0, maxLength) : padded;
}

/** `#` or a way into the schema, as `#/$defs/address`; one that leads nowhere is anything. */
function resolve(reference: string, root: Schema): Schema {
  const way = reference.replace(/^#\/?/, '').split('/').filter(Boolean);
  const found = way.reduce<unknown>(
    (at, name) => (isRecord(at) ? at[name.replaceAll('~1', '/').replaceAll('~0', '~')] : undefined),
    root,
  );
  return isRecord(found) ? found : {};
}

function merged(parts: readonly Schema[], root: Schema): Schema {
  const whole = parts.map((part) => (typeof part.$ref === 'string' ? resolve(part.$ref, root) : part));
  const properties = Object.assign({}, ...whole.map((part) => part.properties ?? {})) as Schema;
  return Object.assign({}, ...whole, Object.keys(properties).length > 0 ? { properties } : {}) as Schema;
}

function isJson(text: string): boolean {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null;
  } catch {
    return false;
  }
}

function isRecord(value: unknown): value is Schema {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
