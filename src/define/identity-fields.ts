/**
 * Field names by which a model could say for whom a tool acts. Compared without case and separators, so that `tenantId`,
 * `tenant_id` and `TENANT-ID` are one. Who is acted upon is no identity: `customerId` or `accountId` are not among them.
 */
const IDENTITY_NAMES: ReadonlySet<string> = new Set([
  'tenant',
  'tenantid',
  'currenttenant',
  'currenttenantid',
  'customertenant',
  'customertenantid',
  'user',
  'userid',
  'currentuser',
  'currentuserid',
]);

/** Keywords of JSON schema that hold schemas of the same value or of its elements. */
const LISTED = ['anyOf', 'oneOf', 'allOf', 'prefixItems'] as const;
const SINGLE = ['items', 'additionalProperties'] as const;

type JsonSchema = Record<string, unknown>;

/**
 * For whom a tool acts is trusted context, because a model can be talked into naming somebody else. Finds fields with which it could, and
 * checks the reasons that a tool gives for them.
 *
 * @param reasons - why the model may fill such a field in, by the field's path.
 * @returns null when each such field has its reason, else what is wrong and what to do.
 */
export function identityFieldsProblem(
  jsonSchema: JsonSchema,
  reasons: Readonly<Record<string, string>>,
): string | null {
  const fields = identityFieldsOf(jsonSchema);
  const refused = fields.find((field) => !Object.hasOwn(reasons, field));
  if (refused !== undefined) {
    return `its field "${refused}" would let the model say for which tenant or user it acts. Remove it and read context.tenant or context.user in execute: they come from the turn's trusted context, never from the model's arguments. If the model may name it, say why: identityFields: { '${refused}': '…' }.`;
  }
  for (const [field, reason] of Object.entries(reasons)) {
    if (!fields.includes(field)) {
      return `identityFields names "${field}", which is none of its fields named like a tenant or a user: ${fields.join(', ') || 'it has none'}.`;
    }
    if (reason.trim() === '') {
      return `identityFields gives no reason why the model may name "${field}".`;
    }
  }
  return null;
}

/**
 * The fields of a tool's JSON schema that are named like a tenant or a user, at any depth, as paths such as `userId` or
 * `orders.user_id`: elements of a list have the list's name. A field that no schema names, as in a loose object,
 * cannot be found here.
 */
function identityFieldsOf(root: JsonSchema): string[] {
  const found = new Set<string>();

  function look(schema: unknown, path: string, following: readonly string[]): void {
    if (!isObject(schema)) return;
    const { $ref: ref, properties, propertyNames } = schema;
    if (typeof ref === 'string' && !following.includes(ref)) {
      look(resolve(root, ref), path, [...following, ref]);
    }
    for (const key of keysNamedBy(propertyNames)) note(key, path);
    for (const [key, child] of Object.entries(isObject(properties) ? properties : {})) {
      look(child, note(key, path), following);
    }
    for (const keyword of SINGLE) look(schema[keyword], path, following);
    for (const keyword of LISTED) {
      const schemas = schema[keyword];
      if (Array.isArray(schemas)) for (const each of schemas) look(each, path, following);
    }
  }

  function note(key: string, parent: string): string {
    const path = parent === '' ? key : `${parent}.${key}`;
    if (IDENTITY_NAMES.has(key.toLowerCase().replaceAll(/[^a-z0-9]/g, ''))) found.add(path);
    return path;
  }

  look(root, '', []);
  return [...found];
}

/** Keys of a record that are listed one by one. */
function keysNamedBy(names: unknown): string[] {
  if (!isObject(names)) return [];
  const listed: unknown[] = Array.isArray(names.enum) ? names.enum : [names.const];
  return listed.filter((key) => typeof key === 'string');
}

/** `#`, or a definition such as `#/$defs/node`: all that a schema made by Zod refers to. */
function resolve(root: JsonSchema, ref: string): unknown {
  if (ref === '#') return root;
  const [start, keyword = '', name = ''] = ref.split('/');
  const definitions = root[keyword];
  return start === '#' && isObject(definitions) ? definitions[name] : undefined;
}

function isObject(value: unknown): value is JsonSchema {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
