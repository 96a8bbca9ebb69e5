import type { FaultRequest, RunningSimulator, SeenRequest } from '@countersign/openai-simulator';

import type { Protocol } from '../contracts/run.ts';
import { toMs, type Duration } from '../define/duration.ts';
import { TestingError } from './production.ts';

/** What a turn asks of its provider, in whichever protocol. */
export type Step = keyof typeof STEPS;

/** What tells a submit from a create where both are one operation: in Responses an item, in Chat Completions the last message. */
const OUTPUT = '"type":"function_call_output"';
const LAST_IS_OUTPUT = String.raw`\{"role":"tool","tool_call_id":"[^"]*","content":"(?:[^"\\]|\\.)*"\}\]`;

/** How the simulator knows each request. */
const STEPS = {
  /** Opens the conversation there. */
  open: {
    assistants: { operation: 'threads.create' },
    responses: { operation: 'conversations.create' },
    chat: null,
    agents: null,
  },
  /** Sends the user's message. */
  create: {
    assistants: { operation: 'runs.create' },
    responses: { operation: 'responses.create', body: `^(?!.*${OUTPUT})` },
    chat: { operation: 'chat.create', body: `^(?!.*${LAST_IS_OUTPUT})` },
    // With the session, or in an event to it.
    agents: { operation: 'agent*.create', body: String.raw`"input":\[` },
  },
  /** Sends what the tools came to. */
  submit: {
    assistants: { operation: 'runs.submit' },
    responses: { operation: 'responses.create', body: OUTPUT },
    chat: { operation: 'chat.create', body: LAST_IS_OUTPUT },
    agents: { operation: 'agentEvents.create', body: 'agent.session.input.tool_result' },
  },
  /** Looks how far it is. */
  look: {
    assistants: { operation: 'runs.retrieve' },
    responses: { operation: 'responses.retrieve' },
    chat: null,
    agents: { operation: 'agentSessions.retrieve' },
  },
  cancel: {
    assistants: { operation: 'runs.cancel' },
    responses: { operation: 'responses.cancel' },
    chat: null,
    agents: { operation: 'agentEvents.create', body: 'agent.session.input.cancel' },
  },
} as const satisfies Record<string, Record<Protocol, Match | null>>;

interface Match {
  operation: string;
  body?: string;
}

/** Which of the requests a fault hits. */
export interface Hits {
  /** How many. @default 1 */
  times?: number;
  /** How many it lets pass first. @default 0 */
  skip?: number;
}

interface When {
  when?: 'before' | 'after';
}

/** The model's side of a gate: the simulator, and what can go wrong on the way to it. Each fault is one of the simulator's own. */
export interface GateProvider {
  /** Base URL, with `/v1`. */
  readonly url: string;
  /** Everything happens, and nobody gets the answer; with `when: 'before'` nothing happens either. */
  drop(step: Step, options?: Hits & When & { how?: 'close' | 'reset' }): void;
  /** Another answer in place of what is asked, such as 500, or after it. */
  status(
    step: Step,
    status: number,
    options?: Hits & When & { headers?: Record<string, string>; body?: unknown },
  ): void;
  /** The request, or its answer, takes so long. */
  delay(step: Step, by: Duration, options?: Hits & When): void;
  /** An answer that is no JSON. */
  malformed(step: Step, options?: Hits & When & { text?: string }): void;
  /** The run is over right before the request. Of Assistants. */
  expire(step: Step, options?: Hits): void;
  /** As while another response of the conversation is under way. Of Responses. */
  lock(step: Step, options?: Hits): void;
  /** What was accepted shows so much later. Of Agents. */
  lag(step: Step, by: Duration, options?: Hits & { answer?: 'kept' | 'lost' }): void;
  /** Takes back the faults that have hit nothing yet. */
  clear(): void;
  /** What the provider was asked, and what it answered. */
  requests(step?: Step): SeenRequest[];
}

export function createGateProvider(simulator: RunningSimulator, protocol: Protocol): GateProvider {
  const { control } = simulator;

  function matchOf(step: Step): Match {
    const known = STEPS[step] as Record<Protocol, Match | null> | undefined;
    if (known === undefined)
      throw new TestingError(
        `There is no step "${step}" of a provider. There are: ${Object.keys(STEPS).join(', ')}.`,
      );
    const match = known[protocol];
    if (match === null) throw new TestingError(`The protocol "${protocol}" has no request for "${step}".`);
    return match;
  }

  function add(step: Step, { times, skip }: Hits, fault: FaultRequest['fault']): void {
    control.fault({
      match: matchOf(step),
      ...(times !== undefined && { times }),
      ...(skip !== undefined && { skip }),
      fault,
    });
  }

  return {
    url: simulator.url,
    drop: (step, { when = 'after', how = 'close', ...hits } = {}) =>
      add(step, hits, { type: when === 'after' ? 'drop_after' : 'drop_before', how }),
    status: (step, status, { when = 'before', headers = {}, body, ...hits } = {}) =>
      add(step, hits, { type: 'status', status, when, headers, ...(body !== undefined && { body }) }),
    delay: (step, by, { when = 'before', ...hits } = {}) =>
      add(step, hits, { type: 'delay', ms: toMs(by, 'The delay'), when }),
    malformed: (step, { when = 'before', text, ...hits } = {}) =>
      add(step, hits, { type: 'malformed', when, ...(text !== undefined && { text }) }),
    expire: (step, hits = {}) => add(step, hits, { type: 'expire_now' }),
    lock: (step, hits = {}) => add(step, hits, { type: 'conversation_locked' }),
    lag: (step, by, { answer = 'kept', ...hits } = {}) =>
      add(step, hits, { type: 'lag', ms: toMs(by, 'The lag'), answer }),
    clear: () => control.clearFaults(),
    requests: (step) => {
      const all = control.requests();
      return step === undefined ? all : all.filter((request) => isOf(matchOf(step), request));
    },
  };
}

function isOf({ operation, body }: Match, request: SeenRequest): boolean {
  if (!new RegExp(`^${operation.replace('*', '.*')}$`).test(request.operation ?? '')) return false;
  return body === undefined || new RegExp(body).test(JSON.stringify(request.body));
}
