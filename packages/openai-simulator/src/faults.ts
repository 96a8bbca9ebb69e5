import { z } from 'zod';

import { SimulatorError } from './simulator-error.ts';
import { OPERATION_NAMES, type OperationName } from './http/operations.ts';
import type { Store } from './state/store.ts';
import { SETTINGS } from './state/settings.ts';
import { createTable } from './state/tables.ts';

/** What can go wrong between a client and OpenAI, asked for over `POST /_simulator/faults`. */

const moment = z.enum(['before', 'after']);
const how = z.enum(['close', 'reset']).default('close');

const faultSchema = z.discriminatedUnion('type', [
  /** The connection closes, or is reset, and nothing has happened. */
  z.strictObject({ type: z.literal('drop_before'), how }),
  /** Everything happens, and the connection closes, or is reset, without an answer. */
  z.strictObject({ type: z.literal('drop_after'), how }),
  /** Another answer, in place of the effect (`before`) or after it. */
  z.strictObject({
    type: z.literal('status'),
    status: z.int().min(400).max(599),
    headers: z.record(z.string().regex(/^[\w-]+$/), z.string()).default({}),
    body: z.unknown().optional(),
    when: moment.default('before'),
  }),
  z.strictObject({
    type: z.literal('delay'),
    ms: z.int().min(0).max(600_000),
    when: moment.default('before'),
  }),
  /** A body that is no JSON, in place of the effect (`before`) or after it. */
  z.strictObject({
    type: z.literal('malformed'),
    text: z.string().default('{"id": "cut'),
    status: z.int().min(200).max(599).default(200),
    contentType: z.string().default('application/json'),
    when: moment.default('before'),
  }),
  /**
   * The effect of what the Agents API accepts is seen this much later: of events, in the session and its turns; of a new or
   * updated session, in lists by metadata. Elsewhere without effect. The answer may be lost as well.
   */
  z.strictObject({
    type: z.literal('lag'),
    ms: z.int().min(0).max(600_000),
    answer: z.enum(['kept', 'lost']).default('kept'),
  }),
  /** As if another response of the conversation were under way: 400 `conversation_locked`. */
  z.strictObject({ type: z.literal('conversation_locked') }),
  /** The run in the path, or the thread's active one, expires; then the request is handled as usual. */
  z.strictObject({ type: z.literal('expire_now') }),
]);
export type Fault = z.output<typeof faultSchema>;

const REGEX_PREFIX = 're:';

const operation = z.string().refine(matchesSomeOperation, {
  error: `is not an operation. Known are ${OPERATION_NAMES.join(', ')}, and "*" in place of a part`,
});
const path = z
  .string()
  .refine((value) => value.startsWith('/') || value.startsWith(REGEX_PREFIX) || matchesSomeOperation(value), {
    error:
      'has to be a path with "*" and "**" such as "/v1/threads/*/runs", "re:" and a regular expression, or an operation',
  })
  .refine((value) => !value.startsWith(REGEX_PREFIX) || compiles(value.slice(REGEX_PREFIX.length)), {
    error: 'has a regular expression that does not compile',
  });

export const faultRequest = z.strictObject({
  match: z
    .strictObject({
      method: z.enum(['GET', 'POST', 'DELETE']).optional(),
      path: path.optional(),
      operation: operation.optional(),
      /** A regular expression that the body, written as JSON, matches. */
      body: z.string().refine(compiles, { error: 'has to be a regular expression that compiles' }).optional(),
    })
    .default({}),
  /** How many matching requests it hits. */
  times: z.int().min(1).default(1),
  /** How many matching requests it lets pass first. */
  skip: z.int().min(0).default(0),
  fault: faultSchema,
});
export type FaultRequest = z.input<typeof faultRequest>;
export type FaultRule = z.output<typeof faultRequest> & { id: string };

interface Asked {
  method: string;
  path: string;
  operation: OperationName | undefined;
  body: unknown;
}

/** @throws SimulatorError naming the field that does not fit. */
export function checkFault(request: FaultRequest): z.output<typeof faultRequest> {
  const parsed = faultRequest.safeParse(request);
  if (parsed.success) return parsed.data;
  const faults = parsed.error.issues.map(
    ({ path: field, message }) => `${field.join('.') || 'fault'}: ${message}`,
  );
  throw new SimulatorError(`The fault does not fit. ${faults.join('; ')}`);
}

export interface Faults {
  add(request: z.output<typeof faultRequest>): FaultRule;
  /** What is still to come. */
  pending(): FaultRule[];
  clear(): void;
  /** The fault that hits a request. It is used up by that, also when the simulator is killed right afterwards. */
  take(request: Asked): FaultRule | undefined;
}

export const FAULTS = createTable<FaultRule>('faults');

export function createFaults(store: Store): Faults {
  return {
    add(request) {
      const next = (store.get(SETTINGS, 'faults')?.value ?? 0) + 1;
      const rule: FaultRule = { id: `fault_${next}`, ...request };
      store.write([SETTINGS.put({ id: 'faults', value: next }), FAULTS.put(rule)]);
      return rule;
    },
    pending: () => store.all(FAULTS),
    clear: () => store.write(store.all(FAULTS).map(({ id }) => FAULTS.remove(id))),
    take(request) {
      const rule = store.all(FAULTS).find(({ match }) => isMatch(match, request));
      if (rule === undefined) return undefined;
      if (rule.skip > 0) {
        store.write([FAULTS.put({ ...rule, skip: rule.skip - 1 })]);
        return undefined;
      }
      store.write([rule.times > 1 ? FAULTS.put({ ...rule, times: rule.times - 1 }) : FAULTS.remove(rule.id)]);
      return rule;
    },
  };
}

function isMatch(match: FaultRule['match'], request: Asked): boolean {
  return (
    (match.method === undefined || match.method === request.method) &&
    (match.operation === undefined || isOperation(match.operation, request.operation)) &&
    (match.path === undefined || isPath(match.path, request)) &&
    (match.body === undefined || new RegExp(match.body).test(JSON.stringify(request.body)))
  );
}

function isPath(pattern: string, request: { path: string; operation: OperationName | undefined }): boolean {
  if (pattern.startsWith(REGEX_PREFIX))
    return new RegExp(pattern.slice(REGEX_PREFIX.length)).test(request.path);
  return pattern.startsWith('/')
    ? globToRegExp(pattern).test(request.path)
    : isOperation(pattern, request.operation);
}

function isOperation(pattern: string, name: OperationName | undefined): boolean {
  return name !== undefined && globToRegExp(pattern).test(name);
}

/** `*` is a part between slashes, `**` any number of them. */
function globToRegExp(glob: string): RegExp {
  const source = glob
    .replaceAll(/[.+?^${}()|[\]\\]/g, '\\$&')
    .replaceAll(/\*+/g, (stars) => (stars.length > 1 ? '.*' : '[^/]*'));
  return new RegExp(`^${source}$`);
}

function matchesSomeOperation(pattern: string): boolean {
  return OPERATION_NAMES.some((name) => isOperation(pattern, name));
}

function compiles(source: string): boolean {
  try {
    new RegExp(source);
    return true;
  } catch {
    return false;
  }
}
