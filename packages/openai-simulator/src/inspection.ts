import type { Context, Hono } from 'hono';
import { z } from 'zod';

import { toBody, type StoredSession } from './agents/session-state.ts';
import type { Sessions } from './agents/sessions.ts';
import { faultRequest, type Faults } from './faults.ts';
import type { SimulatorEnv } from './http/environment.ts';
import type { StoredResponse } from './responses/response-machine.ts';
import { expire } from './assistants/run-machine.ts';
import { isTerminal, type StoredRun } from './assistants/run-state.ts';
import { parseScenario, ScenarioError, type Scenario } from './scenario/schema.ts';
import type { Watch } from './watch.ts';

/** The simulator's own routes, for whoever tests against it. They need no key: the simulator serves one machine. */
export function addInspection(
  app: Hono<SimulatorEnv>,
  watch: Watch,
  play: (scenario: Scenario) => void,
): void {
  const { clock, runs, responses, sessions, log } = watch;
  addFaultRoutes(app, watch.faults);

  app.get('/_simulator/requests', (c) => c.json({ requests: log.list() }));
  app.delete('/_simulator/requests', (c) => {
    log.clear();
    return c.body(null, 204);
  });

  app.get('/_simulator/state', (c) =>
    c.json({
      now: new Date(clock.nowMs()).toISOString(),
      skewMs: clock.skewMs(),
      runs: runs.all().map(summary),
      responses: responses.all().map(responseSummary),
      sessions: sessions.all().map((session) => sessionSummary(session, sessions)),
    }),
  );

  app.post('/_simulator/runs/:runId/expire', (c) => {
    const state = runs.find(c.req.param('runId'));
    if (state === undefined) return c.json(problem(`There is no run ${c.req.param('runId')}.`), 404);
    if (isTerminal(state.stored)) {
      return c.json(problem(`The run is ${state.stored.run.status} already, so it cannot expire.`), 400);
    }
    return c.json(runs.save(state, expire(state, clock.nowMs())).run);
  });

  app.post('/_simulator/clock', async (c) => {
    const body = await parseBody(c, z.strictObject({ skewMs: z.int() }));
    if (!body.ok) return body.refusal;
    clock.setSkew(body.value.skewMs);
    return c.json({ now: new Date(clock.nowMs()).toISOString(), skewMs: clock.skewMs() });
  });

  app.put('/_simulator/scenario', async (c) => {
    const body = await parseBody(c, z.unknown());
    if (!body.ok) return body.refusal;
    try {
      play(parseScenario(body.value));
      return c.body(null, 204);
    } catch (error) {
      if (error instanceof ScenarioError) return c.json(problem(error.message), 400);
      throw error;
    }
  });

  app.all('/_simulator/*', (c) => {
    const known =
      'POST, GET and DELETE /_simulator/faults, GET and DELETE /_simulator/requests, GET /_simulator/state, ' +
      'POST /_simulator/runs/{id}/expire, POST /_simulator/clock, PUT /_simulator/scenario';
    return c.json(problem(`There is no ${c.req.method} ${c.req.path}. There are: ${known}.`), 404);
  });
}

function addFaultRoutes(app: Hono<SimulatorEnv>, faults: Faults): void {
  app.get('/_simulator/faults', (c) => c.json({ faults: faults.pending() }));
  app.post('/_simulator/faults', async (c) => {
    const body = await parseBody(c, faultRequest);
    return body.ok ? c.json(faults.add(body.value), 201) : body.refusal;
  });
  app.delete('/_simulator/faults', (c) => {
    faults.clear();
    return c.body(null, 204);
  });
}

function summary({ run, round, expiresAtMs }: StoredRun) {
  const { id, thread_id, assistant_id, status, metadata, created_at, required_action, last_error } = run;
  const toolCalls = required_action?.submit_tool_outputs.tool_calls ?? [];
  const expiresAt = new Date(expiresAtMs).toISOString();
  return {
    id,
    thread_id,
    assistant_id,
    status,
    metadata,
    created_at,
    expiresAt,
    round,
    toolCalls,
    last_error,
  };
}

/** Responses that were deleted are among them, for a call that OpenAI made stays made. */
function responseSummary({ body, isDeleted }: StoredResponse) {
  const { id, status, background, conversation, previous_response_id, metadata, created_at, output } = body;
  return {
    id,
    status,
    background,
    conversation: conversation?.id ?? null,
    previous_response_id,
    metadata,
    created_at,
    isDeleted,
    output,
  };
}

/** Deleted ones are among them, and those that no list shows yet. */
function sessionSummary(session: StoredSession, sessions: Sessions) {
  const { id, isDeleted } = session;
  const { status, metadata, created_at, required_actions } = toBody(session, sessions.latest(id));
  const items = sessions.items(id);
  const turns = sessions.turns(id).map(({ turn }) => ({
    id: turn.id,
    status: turn.status,
    items: items.filter(({ turn_id }) => turn_id === turn.id),
  }));
  return { id, status, metadata, created_at, required_actions, isDeleted, turns };
}

type Parsed<Value> = { ok: true; value: Value } | { ok: false; refusal: Response };

async function parseBody<Schema extends z.ZodType>(
  c: Context<SimulatorEnv>,
  schema: Schema,
): Promise<Parsed<z.output<Schema>>> {
  let json: unknown;
  try {
    json = await c.req.json();
  } catch {
    return { ok: false, refusal: c.json(problem('The body is not JSON.'), 400) };
  }
  const parsed = schema.safeParse(json);
  if (parsed.success) return { ok: true, value: parsed.data };
  const faults = parsed.error.issues.map(({ path, message }) => `${path.join('.') || 'body'}: ${message}`);
  return { ok: false, refusal: c.json(problem(`The body does not fit. ${faults.join('; ')}`), 400) };
}

function problem(message: string) {
  return { error: { message, type: 'simulator_error' } };
}
