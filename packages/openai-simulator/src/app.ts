import { setTimeout as sleep } from 'node:timers/promises';

import { Hono } from 'hono';

import { addAgentRoutes } from './agents/routes.ts';
import { createSessions } from './agents/sessions.ts';
import { ALL_TABLES } from './all-tables.ts';
import { addAssistantRoutes } from './assistants/assistant-routes.ts';
import { addChatRoutes } from './chat/routes.ts';
import { addStoredCompletionRoutes } from './chat/stored-routes.ts';
import { createClock } from './clock.ts';
import { checkFault, createFaults, type FaultRequest, type FaultRule } from './faults.ts';
import { addFileBatchRoutes } from './files/file-batch-routes.ts';
import { addFileRoutes } from './files/file-routes.ts';
import { createFiles } from './files/files.ts';
import { addSearchRoutes } from './files/search-routes.ts';
import { addVectorStoreRoutes } from './files/vector-store-routes.ts';
import { createVectorStores } from './files/vector-stores.ts';
import { requireCredentials } from './http/auth.ts';
import { answerCreated } from './http/created.ts';
import type { SimulatorEnv } from './http/environment.ts';
import { ApiError, invalidUrl } from './http/errors.ts';
import { openaiHeaders } from './http/headers.ts';
import { addInspection } from './inspection.ts';
import { listen } from './listen.ts';
import { addMessageRoutes } from './assistants/message-routes.ts';
import { addModelRoutes } from './models.ts';
import { checkOptions, type SimulatorOptions } from './options.ts';
import type { Parts } from './parts.ts';
import { createRequestLog, type SeenRequest } from './request-log.ts';
import { addRunRoutes, addStepRoutes } from './assistants/run-routes.ts';
import { createRuns } from './assistants/runs.ts';
import { addConversationRoutes } from './responses/conversation-routes.ts';
import { createResponses } from './responses/responses.ts';
import { addResponseRoutes } from './responses/routes.ts';
import { DEFAULT_SCENARIO } from './scenario/default-scenario.ts';
import { parseScenario, type Scenario } from './scenario/schema.ts';
import { openStore } from './state/store.ts';
import { addThreadRoutes } from './assistants/thread-routes.ts';
import { applyFaults, noteRequests, type Watch } from './watch.ts';

export { PROFILE_NAMES, PROFILES, ProfileError, toBehaviour } from './profiles.ts';
export type { ProfileName } from './profiles.ts';
export { DEFAULT_SCENARIO } from './scenario/default-scenario.ts';
export { loadScenario, parseScenario, ScenarioError } from './scenario/schema.ts';
export type { Scenario } from './scenario/schema.ts';
export type { Fault, FaultRequest, FaultRule } from './faults.ts';
export type { SimulatorEnv } from './http/environment.ts';
export { OPERATIONS } from './http/operations.ts';
export type { SeenRequest } from './request-log.ts';
export type { SimulatorOptions } from './options.ts';
export { SimulatorError } from './simulator-error.ts';

/** What a program that holds the simulator may do with it, as its own routes under `/_simulator/` do for others. */
export interface SimulatorControl {
  /**
   * Spoils requests, as `POST /_simulator/faults` does.
   *
   * @throws SimulatorError naming the field that does not fit.
   */
  fault(request: FaultRequest): FaultRule;
  /** Takes back the faults that have hit nothing yet. */
  clearFaults(): void;
  /**
   * Plays another scenario from the next run on, as `PUT /_simulator/scenario` does; runs under way go on with theirs.
   *
   * @throws ScenarioError naming every field that does not fit.
   */
  play(scenario: Scenario): void;
  /** Every request so far, oldest first. */
  requests(): SeenRequest[];
}

/** The simulator as a value: no port is open. */
export interface Simulator {
  app: Hono<SimulatorEnv>;
  /** Sends one request, as `fetch` would: `simulator.request('/v1/threads', { method: 'POST', headers })`. */
  request: (path: string, init?: RequestInit) => Promise<Response>;
  control: SimulatorControl;
  /** Closes the state file. */
  close(): void;
}

/** The simulator behind a port. */
export interface RunningSimulator {
  /** What a client takes as its base URL; it ends in `/v1`. */
  url: string;
  port: number;
  control: SimulatorControl;
  /** Closes port, connections and state file. */
  close(): Promise<void>;
}

/**
 * Plays OpenAI strictly: the Assistants API (v2) with files and vector stores, Chat Completions, Responses with Conversations, and the
 * Agents API (beta); bodies, errors and headers as the service has them. What the "model" does, a scenario says; what goes wrong on the way,
 * `/_simulator/faults`. A profile makes the Assistants API another server's.
 *
 * @example
 * ```ts
 * const simulator = createSimulator();
 * const headers = { authorization: 'Bearer any', 'content-type': 'application/json' };
 * const answer = await simulator.request('/v1/conversations', { method: 'POST', headers, body: '{}' });
 * simulator.close();
 * ```
 *
 * @throws SimulatorError when an option does not fit, or the state file is not the simulator's.
 */
export function createSimulator(options: SimulatorOptions = {}): Simulator {
  const {
    apiKey,
    scenario: first = DEFAULT_SCENARIO,
    stateFile,
    rules,
    now,
    ...checked
  } = checkOptions(options);
  const { listMs, ...latency } = checked.latency;
  // What plays holds on to this object; another scenario replaces what is in it.
  const scenario: Scenario = { ...first };
  const play = ({ rules: next, otherwise }: Scenario): void => {
    scenario.rules = next;
    scenario.otherwise = otherwise;
  };
  const store = openStore(ALL_TABLES, stateFile);
  const clock = createClock(store, now, rules.clockSkewMs);
  const runs = createRuns(store, clock, rules);
  const files = createFiles(store, clock, stateFile, rules.ids);
  const vectorStores = createVectorStores({ store, clock, files, latency, ids: rules.ids });
  const responses = createResponses(store, clock, scenario, rules.ids);
  const sessions = createSessions({ store, clock, scenario, latency, ids: rules.ids });
  const closing = new AbortController();
  const watch: Watch = {
    clock,
    runs,
    responses,
    sessions,
    faults: createFaults(store),
    log: createRequestLog(store),
    closing: closing.signal,
  };

  const app = new Hono<SimulatorEnv>();
  addInspection(app, watch, play);
  app.use(
    '/v1/*',
    noteRequests(watch),
    openaiHeaders(() => clock.nowMs()),
    applyFaults(watch),
    requireCredentials(apiKey),
    answerCreated(rules.createdStatus),
  );
  const parts: Parts = {
    api: app,
    store,
    clock,
    runs,
    files,
    vectorStores,
    maximumFileBytes: checked.maximumFileBytes,
    scenario,
    latency,
    listMs,
    webhook: checked.webhook,
    rules,
    async pause(ms) {
      if (ms > 0) await sleep(ms, undefined, { signal: closing.signal });
    },
  };
  addAssistantRoutes(parts);
  addRunRoutes(parts); // before the threads: /v1/threads/runs is not a thread called "runs"
  addStepRoutes(parts);
  addMessageRoutes(parts);
  addThreadRoutes(parts);
  addFileRoutes(parts);
  addVectorStoreRoutes(parts);
  addFileBatchRoutes(parts);
  addSearchRoutes(parts);
  addModelRoutes(parts);
  addChatRoutes(parts);
  addStoredCompletionRoutes(parts);
  addResponseRoutes(parts, responses);
  addConversationRoutes(parts, responses);
  addAgentRoutes(parts, sessions);
  app.notFound((c) => {
    const { status, body } = invalidUrl(c.req.method, c.req.path);
    return c.json(body, status);
  });
  app.onError((error, c) => {
    const known =
      error instanceof ApiError ? error : new ApiError(500, error.message, { type: 'server_error' });
    return c.json(known.body, known.status);
  });

  return {
    app,
    request: async (path, init) => app.request(path, init),
    control: {
      fault: (request) => watch.faults.add(checkFault(request)),
      clearFaults: () => watch.faults.clear(),
      play: (next) => play(parseScenario(next)),
      requests: () => watch.log.list(),
    },
    close() {
      closing.abort();
      store.close();
    },
  };
}

/**
 * Starts the simulator on a port of this machine.
 *
 * @example
 * ```ts
 * const simulator = await startSimulator({ port: 8090, scenario: await loadScenario('scenario.json') });
 * const openai = new OpenAI({ baseURL: simulator.url, apiKey: 'any' });
 * // …
 * await simulator.close();
 * ```
 *
 * @param options - those of {@link createSimulator}, `host` (127.0.0.1) and `port` (0 takes a free one).
 * @throws SimulatorError as {@link createSimulator} does, and naming the port when it is in use.
 */
export async function startSimulator(
  options: SimulatorOptions & { host?: string; port?: number } = {},
): Promise<RunningSimulator> {
  const { host = '127.0.0.1', port = 0, ...rest } = options;
  const simulator = createSimulator(rest);
  try {
    const listening = await listen(simulator.app, host, port);
    return {
      url: `http://${host.includes(':') ? `[${host}]` : host}:${listening.port}/v1`,
      port: listening.port,
      control: simulator.control,
      async close() {
        await listening.close();
        simulator.close();
      },
    };
  } catch (error) {
    simulator.close();
    throw error;
  }
}
