import type { Records } from '../records.ts';
import { messageOf } from '../shapes.ts';
import type { Complain } from './violations.ts';

type Request = Records['provider']['requests'][number];

/** What the provider saw: one run a key, one message a turn, one accepted submit a requires_action. */
export function judgeProvider(records: Records, complain: Complain): void {
  const { requests, runs } = records.provider;
  const first = requests[0]?.sequence;
  if (first !== undefined && first !== 1) {
    complain('records.incomplete', 'requests', `The provider's list begins with request ${first}.`);
  }
  const accepted = requests.filter(({ operation }) => operation === 'runs.create').filter(isAccepted);
  twice(accepted, keyOfCreate, (key, count) => complain('run.twice', key, `${count} creates were accepted.`));
  twice(
    runs,
    ({ metadata }) => metadata.countersign_key,
    (key, count) => complain('run.twice', key, `The provider has ${count} runs of it.`),
  );
  for (const { id, metadata } of runs) {
    if (!((metadata.countersign_turn ?? '') in records.views)) {
      complain('run.stranger', id, JSON.stringify(metadata));
    }
  }
  for (const { operation, count, key } of submits(requests)) {
    if (count > 1) complain('submit.twice', key, `${count} times ${operation} was accepted.`);
  }
  judgeMessages(records, complain);
}

/** Submits that were sent although an earlier one for the same calls had been accepted; the provider refused them. */
export function refusedRepeats(requests: readonly Request[]): number {
  return submits(requests).reduce((sum, { refused }) => sum + refused, 0);
}

function submits(requests: readonly Request[]) {
  const groups = Map.groupBy(
    requests.filter(({ operation }) => operation === 'runs.submit'),
    ({ path, body }) => `${path.split('/')[5] ?? path} ${callsOf(body)}`,
  );
  return [...groups].map(([key, sent]) => {
    const firstAccepted = sent.findIndex(isAccepted);
    const count = sent.filter(isAccepted).length;
    const refused = firstAccepted === -1 ? 0 : sent.slice(firstAccepted + 1).length - (count - 1);
    return { key, operation: 'submit_tool_outputs', count, refused };
  });
}

function callsOf(body: unknown): string {
  const { tool_outputs = [] } = (body ?? {}) as { tool_outputs?: { tool_call_id: string }[] };
  return tool_outputs
    .map(({ tool_call_id }) => tool_call_id)
    .toSorted()
    .join(' ');
}

function judgeMessages({ http, views, provider }: Records, complain: Complain): void {
  const texts = Object.values(provider.messages).flat();
  for (const { plan, turnIds } of http.turns) {
    const count = texts.filter((text) => text === messageOf(plan)).length;
    if (count > 1) complain('message.twice', plan.conversationId, `It stands ${count} times.`);
    const isCompleted = turnIds.some((turnId) => views[turnId]?.status === 'completed');
    if (count === 0 && isCompleted) complain('message.missing', plan.conversationId, 'It is nowhere.');
  }
}

/** It had its effect, whether or not its answer arrived. */
export function isAccepted({ effect }: Request): boolean {
  return effect;
}

function keyOfCreate({ body }: Request): string | undefined {
  return (body as { metadata?: Record<string, string> } | null)?.metadata?.countersign_key;
}

function twice<T>(
  list: readonly T[],
  keyOf: (item: T) => string | undefined,
  report: (key: string, count: number) => void,
): void {
  for (const [key, items] of Map.groupBy(list, keyOf)) {
    if (key !== undefined && items.length > 1) report(key, items.length);
  }
}
