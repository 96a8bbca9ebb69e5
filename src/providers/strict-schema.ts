/** What a schema in strict mode may have at most; a schema with anything else goes as one that is not strict. */
const PERMITTED = new Set([
  ...[
    'type',
    'properties',
    'required',
    'additionalProperties',
    'items',
    'enum',
    'const',
    'anyOf',
    '$ref',
    '$defs',
  ],
  ...['title', 'description', 'pattern', 'format', 'multipleOf'],
  ...['minimum', 'maximum', 'exclusiveMinimum', 'exclusiveMaximum', 'minItems', 'maxItems'],
]);

/**
 * Whether OpenAI takes the schema in strict mode, in which the model's arguments always fit it: every object is closed, every
 * property required, and no keyword beyond the supported ones.
 */
export function fitsStrictMode(schema: unknown): boolean {
  if (!isObject(schema)) return false;
  if (Object.keys(schema).some((keyword) => !PERMITTED.has(keyword))) return false;
  const { type, properties, required, additionalProperties, items, anyOf, $defs } = schema;
  const hasType =
    type !== undefined || '$ref' in schema || 'anyOf' in schema || 'enum' in schema || 'const' in schema;
  if (!hasType) return false;
  if (isOf(type, 'object')) {
    const names = isObject(properties) ? Object.keys(properties) : [];
    const listed: unknown[] = Array.isArray(required) ? required : [];
    if (additionalProperties !== false || !isObject(properties)) return false;
    if (!names.every((name) => listed.includes(name))) return false;
  }
  if (isOf(type, 'array') && items === undefined) return false;
  const inner = [
    ...(isObject(properties) ? Object.values(properties) : []),
    ...(isObject($defs) ? Object.values($defs) : []),
    ...(Array.isArray(anyOf) ? (anyOf as unknown[]) : []),
    ...(items === undefined ? [] : [items]),
  ];
  return inner.every(fitsStrictMode);
}

function isOf(type: unknown, wanted: string): boolean {
  return type === wanted || (Array.isArray(type) && type.includes(wanted));
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
