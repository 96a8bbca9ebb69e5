import type { Context, Hono } from 'hono';
import type { z } from 'zod';

import { notAForm } from '../files/errors.ts';
import type { SimulatorEnv } from './environment.ts';
import { notJson } from './errors.ts';
import { OPERATIONS, type OperationName } from './operations.ts';
import { nothing } from './schemas.ts';
import { parseRequest } from './validate.ts';

export type Api = Hono<SimulatorEnv>;
type Ids = Record<(typeof ID_NAMES)[number], string>;

const ID_NAMES = [
  ...(['assistantId', 'threadId', 'messageId', 'runId', 'stepId'] as const),
  ...(['fileId', 'vectorStoreId', 'batchId'] as const),
  ...(['modelId', 'completionId'] as const),
  ...(['responseId', 'conversationId', 'itemId'] as const),
  ...(['sessionId', 'turnId'] as const),
];

/** Ids of the path and the parsed body of one request. */
export interface Asked<Body> {
  ids: Ids;
  body: Body;
  header: (name: string) => string | undefined;
  /** What the address asks for beside the body. */
  query: (name: string) => string | undefined;
  /** How late the effect is to be seen, when a fault says so. */
  lagMs: number | undefined;
}

/** Adds a handler for an operation that takes a body. What it returns is the answer: JSON, unless it is a Response. */
export function onPost<Schema extends z.ZodType>(
  api: Api,
  name: OperationName,
  schema: Schema,
  handle: (asked: Asked<z.output<Schema>>) => object | Promise<object>,
): void {
  api.on(OPERATIONS[name][0], OPERATIONS[name][1], async (c) => {
    const { body, isJson } = c.get('sent');
    if (!isJson) throw notJson();
    const fault = c.get('fault')?.fault;
    const answer = await handle({
      ids: idsOf(c),
      body: parseRequest(schema, body ?? {}),
      header: (header) => c.req.header(header),
      query: (name) => c.req.query(name),
      lagMs: fault?.type === 'lag' ? fault.ms : undefined,
    });
    return answer instanceof Response ? answer : c.json(answer);
  });
}

/** Adds a handler for an upload; the parts of the form are its body. */
export function onForm<Schema extends z.ZodType>(
  api: Api,
  name: OperationName,
  schema: Schema,
  handle: (asked: Pick<Asked<z.output<Schema>>, 'ids' | 'body'>) => Promise<object>,
): void {
  api.on(OPERATIONS[name][0], OPERATIONS[name][1], async (c) => {
    const { form } = c.get('sent');
    if (form === undefined) throw notAForm();
    return c.json(await handle({ ids: idsOf(c), body: parseRequest(schema, Object.fromEntries(form)) }));
  });
}

/** Adds a handler for a GET; `schema` is what its query may hold. */
export function onGet<Schema extends z.ZodType>(
  api: Api,
  name: OperationName,
  schema: Schema,
  handle: (asked: { ids: Ids; query: z.output<Schema> }) => object,
): void {
  api.on(OPERATIONS[name][0], OPERATIONS[name][1], (c) => {
    const answer = handle({ ids: idsOf(c), query: parseRequest(schema, c.req.query()) });
    return answer instanceof Response ? answer : c.json(answer);
  });
}

export function onDelete(api: Api, name: OperationName, handle: (ids: Ids) => object): void {
  api.on(OPERATIONS[name][0], OPERATIONS[name][1], (c) => c.json(handle(idsOf(c))));
}

/** A GET of one object takes no query. */
export const noQuery = nothing;

function idsOf(c: Context<SimulatorEnv>): Ids {
  return Object.fromEntries(ID_NAMES.map((name) => [name, c.req.param(name) ?? ''])) as Ids;
}
