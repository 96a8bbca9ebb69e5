import type { Protocol } from '../../src/contracts/run.ts';
import { turnWorkflowId } from '../../src/contracts/ids.ts';
import type { TurnResult } from '../../src/contracts/turn.ts';
import { until } from '../../src/testing/wait.ts';
import { TENANT, type World } from '../support/world.ts';
import { sessionsOf, tallyOf } from '../support/agents-seen.ts';

/** What a turn has left at the provider, counted in the simulator's own record. */
export interface Left {
  /** Requests that brought the user's message and were taken. */
  creates: number;
  /** Requests that brought tool outputs and were taken. */
  submits: number;
}

/** One surface of the simulator as the rules need it: a protocol is held to them by an entry in this table. */
export interface Surface {
  protocol: Protocol;
  /** The simulator's names of what has an effect. A fault on `submit` is asked for while the turn waits for a person. */
  operations: {
    create: string;
    /** What brings a later message of the conversation, where that is another operation. */
    createNext?: string;
    submit: string;
    cancel: string;
  };
  /** A lost answer costs tokens and nothing else, so a request may be taken twice. */
  isRepeatable: boolean;
  left: (world: World, turnId: string) => Promise<Left>;
}

const assistants: Surface = {
  protocol: 'assistants',
  operations: { create: 'runs.create', submit: 'runs.submit', cancel: 'runs.cancel' },
  isRepeatable: false,
  async left(world, turnId) {
    const { runs, submits } = await world.seen(turnId);
    return { creates: runs, submits };
  },
};

const responses: Surface = {
  protocol: 'responses',
  operations: { create: 'responses.create', submit: 'responses.create', cancel: 'responses.cancel' },
  isRepeatable: false,
  async left(world, turnId) {
    // A request whose worker was killed is in the record with its effect only when its answer was due.
    const requests = await until('the end of every request', async () => {
      const seen = await world.requests('responses.create');
      return seen.some(({ status }) => (status as unknown) === null) ? null : seen;
    });
    const made = requests
      .filter(({ effect }) => effect)
      .map(({ body }) => body as { metadata: Record<string, string>; input: { type: string }[] })
      .filter(({ metadata }) => metadata.countersign_turn === turnId);
    const brings = (type: string) => made.filter(({ input }) => input.some((item) => item.type === type));
    return { creates: brings('message').length, submits: brings('function_call_output').length };
  },
};

/**
 * No request of Chat Completions leaves anything behind or bears a name: there is no lost create to adopt, a lost answer is asked for
 * again. Submits are told by the ids of their calls, creates only by being there.
 */
const chat: Surface = {
  protocol: 'chat',
  operations: { create: 'chat.create', submit: 'chat.create', cancel: 'chat.create' },
  isRepeatable: true,
  async left(world, turnId) {
    const handle = world.temporal.workflow.getHandle(turnWorkflowId(TENANT, turnId));
    const { transcript = [] } = (await handle.result()) as TurnResult;
    const ids = transcript.flatMap((entry) => (entry.role === 'tool' ? [entry.toolCallId] : []));
    const newest = (await world.requests('chat.create'))
      .filter(({ effect }) => effect)
      .map(({ body }) => (body as { messages: { role: string; tool_call_id?: string }[] }).messages.at(-1));
    return {
      creates: newest.filter((message) => message?.role === 'user').length,
      submits: newest.filter((message) => ids.includes(message?.tool_call_id ?? '')).length,
    };
  },
};

const agents: Surface = {
  protocol: 'agents',
  operations: {
    create: 'agentSessions.create',
    createNext: 'agentEvents.create',
    submit: 'agentEvents.create',
    cancel: 'agentEvents.create',
  },
  isRepeatable: false,
  left: async (world, turnId) => tallyOf(await sessionsOf(world, turnId), turnId),
};

export const SURFACES: Surface[] = [assistants, responses, chat, agents];
