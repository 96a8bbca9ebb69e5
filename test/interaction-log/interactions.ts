import type { ModelInteraction, ToolInteraction } from '../../src/contracts/interaction-log/interaction.ts';

const actor = {
  tenant: 'acme',
  user: 'acme.u-7',
  session: 'acme.c-1',
  conversationId: 'c-1',
  turnId: 't-1',
  assistant: 'desk',
};

const run = {
  ...actor,
  kind: 'model' as const,
  protocol: 'assistants' as const,
  model: 'gpt-test',
  tools: ['lookup', 'refund'],
  threadId: 'thread_1',
  runId: 'run_1',
  runStartedAtMs: 1_700_000_000_000,
  message: { characters: 14, text: 'Refund A-1, ok' },
};
const called = {
  toolCallId: 'call_1',
  tool: 'refund',
  arguments: { characters: 17, text: '{"orderId":"A-1"}' },
};

/** The second step of a run: its tool outputs, and the reply. */
export const answered: ModelInteraction = {
  ...run,
  step: 'outputs',
  startedAtMs: 1_700_000_060_000,
  endedAtMs: 1_700_000_061_500,
  calls: [called],
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
  ...run,
  step: 'message',
  startedAtMs: 1_700_000_000_000,
  endedAtMs: 1_700_000_000_900,
  answer: { state: 'requires_action', calls: [called] },
};

export const executed: ToolInteraction = {
  ...actor,
  ...called,
  kind: 'tool',
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
