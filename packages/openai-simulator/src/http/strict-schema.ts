/**
 * What OpenAI refuses in the parameters of a function, and how it says so. The one recorded text is that of
 * `additionalProperties`; the others are reported.
 */

/** Keywords that strict schemas may not have [documented]. */
const NOT_PERMITTED = [
  ...['allOf', 'oneOf', 'not', 'if', 'then', 'else', 'default'],
  ...['dependentRequired', 'dependentSchemas', 'patternProperties'],
];

/**
 * The first thing that is wrong, in OpenAI's words; undefined when the schema will do.
 *
 * @param parameters - the JSON Schema of the function's arguments, as it was sent.
 */
export function schemaFault(
  name: string,
  parameters: Record<string, unknown> | null | undefined,
  strict: boolean,
): string | undefined {
  const schema = parameters ?? { type: 'object', properties: {} };
  const says = (fault: string) => `Invalid schema for function '${name}': ${fault}`;
  if (schema.type !== 'object') {
    const type = typeof schema.type === 'string' ? schema.type : 'None';
    return says(`schema must be a JSON Schema of 'type: "object"', got 'type: "${type}"'.`);
  }
  const fault = nodeFault(schema, [], strict);
  if (fault !== undefined) return says(fault);
  return 'properties' in schema ? undefined : says('In context=(), object schema missing properties.');
}

function nodeFault(node: unknown, context: string[], strict: boolean): string | undefined {
  if (!isObject(node)) return undefined;
  return (
    (strict ? strictFault(node, context) : undefined) ??
    missingItems(node, context) ??
    inner(node, context, strict)
  );
}

function strictFault(node: Fields, context: string[]): string | undefined {
  const says = (fault: string) => `In context=${show(context)}, ${fault}`;
  const forbidden = NOT_PERMITTED.find((keyword) => keyword in node);
  if (forbidden !== undefined) return says(`'${forbidden}' is not permitted.`);
  if (!['type', '$ref', 'anyOf', 'enum', 'const'].some((key) => key in node))
    return says("schema must have a 'type' key.");
  if (!hasType(node, 'object')) return undefined;
  if (node.additionalProperties !== false)
    return says("'additionalProperties' is required to be supplied and to be false.");
  const required: unknown[] = Array.isArray(node.required) ? node.required : [];
  const missing = Object.keys(fieldsOf(node.properties)).find((key) => !required.includes(key));
  return missing === undefined
    ? undefined
    : says(
        `'required' is required to be supplied and to be an array including every key in properties. Missing '${missing}'.`,
      );
}

function missingItems(node: Fields, context: string[]): string | undefined {
  const lacks = hasType(node, 'array') && !('items' in node) && !('prefixItems' in node);
  return lacks ? `In context=${show(context)}, array schema missing items.` : undefined;
}

/** The schemas inside a schema, each with its place. */
function inner(node: Fields, context: string[], strict: boolean): string | undefined {
  const named = ['properties', '$defs', 'definitions'].flatMap((keyword) =>
    Object.entries(fieldsOf(node[keyword])).map(([key, value]) => ({ at: [keyword, key], value })),
  );
  const alternatives: unknown[] = Array.isArray(node.anyOf) ? node.anyOf : [];
  const places = [
    ...named,
    ...('items' in node ? [{ at: ['items'], value: node.items }] : []),
    ...alternatives.map((value, index) => ({ at: ['anyOf', String(index)], value })),
  ];
  for (const { at, value } of places) {
    const fault = nodeFault(value, [...context, ...at], strict);
    if (fault !== undefined) return fault;
  }
  return undefined;
}

type Fields = Record<string, unknown>;

function isObject(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function fieldsOf(value: unknown): Fields {
  return isObject(value) ? value : {};
}

function hasType({ type }: Fields, wanted: string): boolean {
  return type === wanted || (Array.isArray(type) && type.includes(wanted));
}

/** As Python shows a tuple: `()`, `('items',)`, `('properties', 'a')`. */
function show(context: string[]): string {
  const [only, ...more] = context.map((part) => `'${part}'`);
  return only !== undefined && more.length === 0
    ? `(${only},)`
    : `(${[only, ...more].filter(Boolean).join(', ')})`;
}
