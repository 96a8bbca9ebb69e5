/**
 * Strict schemas: the model's arguments are made to fit them by the server. They know only a part of JSON Schema, and want every
 * field of an object required and no others allowed (OpenAI, "Structured Outputs").
 */

type Schema = Readonly<Record<string, unknown>>;

/** Keywords that say nothing a strict schema could not say. Any other one, such as `default` or `oneOf`, rules it out. */
const KNOWN = new Set([
  ...['type', 'properties', 'required', 'additionalProperties', 'items', 'enum', 'const', 'anyOf'],
  ...['$ref', '$defs', 'definitions', 'title', 'description', 'pattern', 'format', 'minItems', 'maxItems'],
  ...['minimum', 'maximum', 'exclusiveMinimum', 'exclusiveMaximum', 'multipleOf'],
]);
const FORMATS = new Set([
  ...['date-time', 'time', 'date', 'duration', 'email', 'hostname', 'ipv4', 'ipv6', 'uuid'],
]);

/**
 * The same schema in the form a strict one must have, or null when it cannot be said strictly: optional fields, maps, unions
 * of another kind. Fields that an object says nothing about are ruled out, because the tool never gets them.
 */
export function toStrictSchema(schema: Schema): Schema | null {
  return schema.type === 'object' ? strictNode(schema) : null;
}

function strictNode(node: Schema): Schema | null {
  if (Object.keys(node).some((keyword) => !KNOWN.has(keyword))) return null;
  if (typeof node.format === 'string' && !FORMATS.has(node.format)) return null;
  // Its regular expressions look neither ahead nor behind.
  if (typeof node.pattern === 'string' && /\(\?[^:]/.test(node.pattern)) return null;
  if (!['type', '$ref', 'anyOf', 'enum', 'const'].some((keyword) => keyword in node)) return null;
  const object = node.type === 'object' ? strictObject(node) : node;
  if (object === null || (Array.isArray(node.type) && node.type.includes('object'))) return null;
  if (node.type === 'array' && !isSchema(node.items)) return null;
  const strict: Record<string, unknown> = { ...object };
  for (const keyword of ['properties', '$defs', 'definitions']) {
    if (!(keyword in strict)) continue;
    const inner = strictFields(strict[keyword]);
    if (inner === null) return null;
    strict[keyword] = inner;
  }
  if ('items' in strict) {
    const items = isSchema(strict.items) ? strictNode(strict.items) : null;
    if (items === null) return null;
    strict.items = items;
  }
  if ('anyOf' in strict) {
    const options = Array.isArray(strict.anyOf)
      ? strict.anyOf.map((it) => isSchema(it) && strictNode(it))
      : [];
    if (options.length === 0 || options.some((option) => option === false || option === null)) return null;
    strict.anyOf = options;
  }
  return strict;
}

function strictObject(node: Schema): Schema | null {
  const { additionalProperties = false, properties = {}, required = [] } = node;
  if (additionalProperties !== false || !isSchema(properties) || !Array.isArray(required)) return null;
  if (Object.keys(properties).some((field) => !required.includes(field))) return null;
  return { ...node, properties, required: required as unknown[], additionalProperties };
}

function strictFields(fields: unknown): Schema | null {
  if (!isSchema(fields)) return null;
  const entries = Object.entries(fields).map(
    ([name, field]) => [name, isSchema(field) ? strictNode(field) : null] as const,
  );
  return entries.some(([, field]) => field === null) ? null : Object.fromEntries(entries);
}

function isSchema(value: unknown): value is Schema {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
