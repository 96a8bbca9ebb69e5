import type { ModelInteraction, ToolInteraction } from '../../src/contracts/interaction-log/interaction.ts';

const actor = {
  tenant: 'acme',
  user: 'acme.u-7',
  session: 'acme.c-1',
  conversationId: 'c-1',
  turnId: 't-1',
  assistant: 'desk',
};

/** The second step of a run: its tool outputs, and the reply. */
export const answered: ModelInteraction = {
  ...actor,
  kind: 'model',
  protocol: 'assistants',
  model: 'gpt-test',
  tools: ['lookup', 'refund'],
  step: 'outputs',
  threadId: 'thread_1',
  runId: 'run_1',
  runStartedAtMs: 1_700_000_000_000,
  startedAtMs: 1_700_000_060_000,
  endedAtMs: 1_700_000_061_500,
  message: { characters: 14, text: 'Refund A-1, ok' },
  calls: [{ toolCallId: 'call_1', tool: 'refund', arguments: { characters: 17, text: '{"orderId":"A-1"}' } }],
  outputs: [{ toolCallId: 'call_1', output: { characters: 15, text: 'refund is done.' } }],
  answer: {
    state: 'completed',
    text: { characters: 5, text: 'Done.' },
    calls: [],
    usage: { promptTokens: 40, completionTokens: 2, totalTokens: 42 },
  },
};

/** The first step: the message, and a call. */
export const asking: ModelInteraction = {
  ...actor,
  kind: 'model',
  protocol: 'assistants',
  model: 'gpt-test',
  tools: ['lookup', 'refund'],
  step: 'message',
  threadId: 'thread_1',
  runId: 'run_1',
  runStartedAtMs: 1_700_000_000_000,
  startedAtMs: 1_700_000_000_000,
  endedAtMs: 1_700_000_000_900,
  message: { characters: 14, text: 'Refund A-1, ok' },
  answer: {
    state: 'requires_action',
    calls: [
      { toolCallId: 'call_1', tool: 'refund', arguments: { characters: 17, text: '{"orderId":"A-1"}' } },
    ],
  },
};

export const executed: ToolInteraction = {
  ...actor,
  kind: 'tool',
  tool: 'refund',
  toolCallId: 'call_1',
  arguments: { characters: 17, text: '{"orderId":"A-1"}' },
  output: { characters: 15, text: 'refund is done.' },
  startedAtMs: 1_700_000_059_000,
  endedAtMs: 1_700_000_059_500,
};

/** The same as `content: 'none'` makes it: no words anywhere. */
export function withoutWords<T>(interaction: T): T {
  return JSON.parse(
    JSON.stringify(interaction, (key, value: unknown) =>
      key === 'text' && typeof value === 'string' ? undefined : value,
    ),
  ) as T;
}
