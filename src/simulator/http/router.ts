import type { Context, Hono } from 'hono';
import type { z } from 'zod';

import type { SimulatorEnv } from './environment.ts';
import { notJson } from './errors.ts';
import { OPERATIONS, type OperationName } from './operations.ts';
import { nothing } from './schemas.ts';
import { parseRequest } from './validate.ts';

export type Api = Hono<SimulatorEnv>;
type Ids = Record<'assistantId' | 'threadId' | 'messageId' | 'runId' | 'stepId', string>;

/** Ids of the path and the parsed body of one request. */
export interface Asked<Body> {
  ids: Ids;
  body: Body;
}

/** Adds a handler for an operation that takes a body. What it returns is the answer. */
export function onPost<Schema extends z.ZodType>(
  api: Api,
  name: OperationName,
  schema: Schema,
  handle: (asked: Asked<z.output<Schema>>) => object,
): void {
  api.on(OPERATIONS[name][0], OPERATIONS[name][1], (c) => {
    const { body, isJson } = c.get('sent');
    if (!isJson) throw notJson();
    return c.json(handle({ ids: idsOf(c), body: parseRequest(schema, body ?? {}) }));
  });
}

/** Adds a handler for a GET; `schema` is what its query may hold. */
export function onGet<Schema extends z.ZodType>(
  api: Api,
  name: OperationName,
  schema: Schema,
  handle: (asked: { ids: Ids; query: z.output<Schema> }) => object,
): void {
  api.on(OPERATIONS[name][0], OPERATIONS[name][1], (c) =>
    c.json(handle({ ids: idsOf(c), query: parseRequest(schema, c.req.query()) })),
  );
}

export function onDelete(api: Api, name: OperationName, handle: (ids: Ids) => object): void {
  api.on(OPERATIONS[name][0], OPERATIONS[name][1], (c) => c.json(handle(idsOf(c))));
}

/** A GET of one object takes no query. */
export const noQuery = nothing;

function idsOf(c: Context<SimulatorEnv>): Ids {
  const id = (name: keyof Ids) => c.req.param(name) ?? '';
  return {
    assistantId: id('assistantId'),
    threadId: id('threadId'),
    messageId: id('messageId'),
    runId: id('runId'),
    stepId: id('stepId'),
  };
}
