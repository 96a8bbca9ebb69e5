import { setTimeout as sleep } from 'node:timers/promises';

import { RESPONSE_ALREADY_SENT } from '@hono/node-server/utils/response';
import type { Context, MiddlewareHandler } from 'hono';

import type { Sessions } from './agents/sessions.ts';
import type { Clock } from './clock.ts';
import type { Faults } from './faults.ts';
import type { Sent, SimulatorEnv } from './http/environment.ts';
import { ApiError } from './http/errors.ts';
import { recognise, type Recognised } from './http/operations.ts';
import type { RequestLog } from './request-log.ts';
import type { Responses } from './responses/responses.ts';
import { conversationLocked } from './responses/errors.ts';
import { expire } from './assistants/run-machine.ts';
import { isTerminal } from './assistants/run-state.ts';
import type { Runs } from './assistants/runs.ts';

/** What stands between the wire and the API: it notes every request and lets faults hit some of them. */
export interface Watch {
  clock: Clock;
  runs: Runs;
  responses: Responses;
  sessions: Sessions;
  faults: Faults;
  log: RequestLog;
  /** Ends pending delays when the simulator closes. */
  closing: AbortSignal;
}

/** Notes the request and its outcome. The outermost layer, so that it also sees what was refused or dropped. */
export function noteRequests({ clock, faults, log }: Watch): MiddlewareHandler<SimulatorEnv> {
  return async (c, next) => {
    const { method, path } = c.req;
    const { operation } = recognise(method, path);
    const sent = await readBody(c);
    const rule = faults.take({ method, path, operation, body: sent.body });
    c.set('sent', sent);
    c.set('fault', rule);
    const { authorization: _, ...headers } = c.req.header();
    const seen = log.begin({
      time: new Date(clock.nowMs()).toISOString(),
      method,
      path,
      query: c.req.query(),
      operation: operation ?? null,
      headers,
      body: sent.body,
      fault: rule?.fault.type ?? null,
    });
    await next();
    const answered = c.get('answered') ?? 500;
    const effect = method !== 'GET' && answered < 300;
    log.end(seen, { status: c.get('dropped') ? 'dropped' : c.res.status, effect });
  };
}

/** Lets a fault hit the request it was taken for. */
export function applyFaults(watch: Watch): MiddlewareHandler<SimulatorEnv> {
  return async (c, next) => {
    const fault = c.get('fault')?.fault;
    const handle = async () => {
      await next();
      c.set('answered', c.res.status);
    };
    const wait = (ms: number) => sleep(ms, undefined, { signal: watch.closing });
    switch (fault?.type) {
      case undefined:
        await handle();
        break;
      case 'drop_before':
        drop(c, fault.how);
        break;
      case 'drop_after':
        await handle();
        drop(c, fault.how);
        break;
      case 'lag':
        await handle();
        if (fault.answer === 'lost') drop(c, 'close');
        break;
      case 'conversation_locked': {
        const { status, body } = conversationLocked();
        c.res = Response.json(body, { status });
        break;
      }
      case 'malformed':
        if (fault.when === 'after') await handle();
        c.res = undefined;
        c.res = new Response(fault.text, {
          status: fault.status,
          headers: { 'content-type': fault.contentType },
        });
        break;
      case 'delay':
        if (fault.when === 'before') await wait(fault.ms);
        await handle();
        if (fault.when === 'after') await wait(fault.ms);
        break;
      case 'status':
        if (fault.when === 'after') await handle();
        c.res = undefined; // else Hono would keep its headers
        c.res = Response.json(fault.body ?? usualBody(fault.status), {
          status: fault.status,
          headers: fault.headers,
        });
        break;
      case 'expire_now':
        expireNow(watch, recognise(c.req.method, c.req.path));
        await handle();
        break;
      default:
        fault satisfies undefined;
    }
  };
}

/** Closes the connection. Without a port there is none, and the caller gets the network error a fetch would give. */
function drop(c: Context<SimulatorEnv>, how: 'close' | 'reset'): void {
  const { incoming } = c.env;
  if (how === 'reset') incoming?.socket.resetAndDestroy();
  else incoming?.socket.destroy();
  c.set('dropped', true);
  c.res = undefined;
  c.res = incoming === undefined ? Response.error() : RESPONSE_ALREADY_SENT;
}

function expireNow({ runs, clock }: Watch, { ids }: Recognised): void {
  const active = ids.threadId === undefined ? undefined : runs.active(ids.threadId);
  const state = runs.find(ids.runId ?? active?.id ?? '');
  if (state !== undefined && !isTerminal(state.stored)) runs.save(state, expire(state, clock.nowMs()));
}

async function readBody(c: Context<SimulatorEnv>): Promise<Sent> {
  if (/^multipart\/form-data\b/i.test(c.req.header('content-type') ?? '')) return readForm(c);
  const text = await c.req.text();
  if (text.trim() === '') return { body: null, isJson: true };
  try {
    return { body: JSON.parse(text) as unknown, isJson: true };
  } catch {
    return { body: text, isJson: false };
  }
}

/** What is noted of an upload: its parts, of a file no more than its name and size. */
async function readForm(c: Context<SimulatorEnv>): Promise<Sent> {
  let form: FormData;
  try {
    form = await c.req.formData();
  } catch {
    return { body: 'a form that cannot be read', isJson: false };
  }
  const parts = [...form].map(([name, part]) => [
    name,
    typeof part === 'string' ? part : { filename: part.name, bytes: part.size, type: part.type },
  ]);
  return { body: Object.fromEntries(parts) as unknown, isJson: false, form };
}

function usualBody(status: number): object {
  if (status === 429) {
    const message = 'Rate limit reached for requests. Please try again later.';
    return new ApiError(429, message, { type: 'requests', code: 'rate_limit_exceeded' }).body;
  }
  if (status >= 500) {
    const message = 'The server had an error while processing your request. Sorry about that!';
    return new ApiError(500, message, { type: 'server_error' }).body;
  }
  if (status === 409)
    return new ApiError(409, 'The resource is locked by another request. Please try again.').body;
  return new ApiError(400, `The simulator was asked to answer ${status}.`).body;
}
