import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';

import { conversationWorkflowId, turnWorkflowId } from '../src/contracts/ids.ts';
import { seriesRows, type Cost, type Repetition, type Series } from './growth-series.ts';
import { conversationRows, type TurnTaken } from './growth-conversation.ts';
import { historyOf } from './history-cost.ts';
import { report, type Row } from './results.ts';
import { refund, rule, SCENARIO } from './scenario.ts';
import { completedTurn, progress, TENANT, withStage, type Stage } from './stage.ts';

const ROUNDS = [1, 10, 100];
const PARALLEL = [1, 8, 32];
const ARGUMENT_KB = [1, 16, 64, 256];
const TURNS = 1_000;

const times = <T>(count: number, value: T): T[] => Array.from({ length: count }, () => value);

/** The model's rounds for every size; the word that names a rule is no part of another one. */
const scenario = {
  ...SCENARIO,
  rules: [
    ...ROUNDS.map((rounds) => rule(`free-${rounds}x`, ...times(rounds, [refund('refund_small')]))),
    ...ROUNDS.map((rounds) => rule(`asked-${rounds}x`, ...times(rounds, [refund()]))),
    ...PARALLEL.map((calls) => rule(`beside-${calls}x`, times(calls, refund()))),
    ...ARGUMENT_KB.map((kb) =>
      rule(`large-${kb}x`, [refund('refund_order', { reason: 'x'.repeat(kb * 1_000) })]),
    ),
    ...SCENARIO.rules,
  ],
};

/**
 * How cost grows with what a turn does: rounds, calls beside each other, size of the arguments; and with the turns a
 * conversation has had. Everything runs one after the other on a stage of its own, warmed up first.
 *
 * @param options.count - how often each size is measured; 5 by default.
 */
export async function benchGrowth({ count = 5 }: { count?: number }): Promise<void> {
  await withStage({ scenario }, async (stage) => {
    progress('Warming up');
    for (let index = 0; index < 10; index += 1)
      await takeTurn(stage, index % 2 === 0 ? 'free-1x' : 'asked-10x');
    const rows: Row[] = [];
    for (const series of seriesOf(stage)) rows.push(...seriesRows(series, await repeat(series, count)));
    rows.push(...conversationRows(await longConversation(stage)));
    await report('growth', rows);
  });
}

function seriesOf(stage: Stage): Series[] {
  const costOf = (word: string) => (size: number) => takeTurn(stage, `${word}-${size}x`);
  return [
    { name: 'rounds, not gated', unit: 'round', sizes: ROUNDS, measure: costOf('free') },
    { name: 'rounds, gated', unit: 'round', sizes: ROUNDS, measure: costOf('asked') },
    { name: 'gated calls of one round', unit: 'call', sizes: PARALLEL, measure: costOf('beside') },
    {
      ...{ name: 'arguments of a gated call', unit: 'kB', sizes: ARGUMENT_KB, measure: costOf('large') },
      ...{ time: 'whole' as const, countsEvents: false },
    },
  ];
}

async function repeat({ name, sizes, measure }: Series, count: number): Promise<Repetition[]> {
  const repetitions: Repetition[] = [];
  for (let index = 0; index < count; index += 1) {
    const costs: Cost[] = [];
    for (const size of sizes) costs.push(await measure(size));
    repetitions.push(costs);
    progress(`${name}: ${index + 1} of ${count}, ${costs.map(({ ms }) => `${ms.toFixed(0)} ms`).join(', ')}`);
  }
  return repetitions;
}

/**
 * One turn of a new conversation, from the message to the reply. What it asks is approved as soon as it is seen, one approval after
 * the other, as one person does it.
 */
async function takeTurn({ client, temporal }: Stage, message: string): Promise<Cost> {
  const conversationId = `growth-${randomUUID()}`;
  const beganAt = performance.now();
  const { turnId } = await client.startTurn({ tenant: TENANT, conversationId, message });
  for (;;) {
    const turn = await client.getTurn(TENANT, turnId);
    if (turn?.status === 'completed') break;
    if (turn === null || !['queued', 'running', 'awaiting_decision'].includes(turn.status)) {
      throw new Error(`The turn did not complete: ${JSON.stringify(turn).slice(0, 1_000)}`);
    }
    const open = turn.approvals.filter(({ status }) => status === 'pending');
    for (const { approvalId } of open) {
      await client.decide(TENANT, {
        approvalId,
        decisionId: randomUUID(),
        decision: 'approve',
        approver: { id: 'bench' },
        decidedAt: new Date().toISOString(),
        source: 'api',
      });
    }
    if (open.length === 0) await sleep(10);
  }
  const ms = performance.now() - beganAt;
  const { events, bytes } = await historyOf(temporal, turnWorkflowId(TENANT, turnId));
  return { ms, events: events.length, bytes };
}

/** A conversation of many short turns, one after the other; it continues as new on the way. */
async function longConversation({ client, temporal }: Stage): Promise<TurnTaken[]> {
  const conversationId = `growth-${randomUUID()}`;
  const taken: TurnTaken[] = [];
  for (let turn = 1; turn <= TURNS; turn += 1) {
    const beganAt = performance.now();
    const { turnId } = await client.startTurn({ tenant: TENANT, conversationId, message: 'Good day' });
    await completedTurn(client, turnId);
    const ms = performance.now() - beganAt;
    const isMeasured = turn === 1 || turn % 100 === 0;
    if (!isMeasured) {
      taken.push({ ms });
      continue;
    }
    await sleep(500); // the conversation takes note of the turn's end
    const own = await historyOf(temporal, turnWorkflowId(TENANT, turnId));
    const conversation = await wholeConversation(conversationId);
    taken.push({ ms, own: { events: own.events.length, bytes: own.bytes }, conversation });
    if (turn % 100 === 0) progress(`conversation: ${turn} of ${TURNS} turns`);
  }
  return taken;

  /** All executions since the first, as one. */
  async function wholeConversation(id: string): Promise<{ events: number; bytes: number }> {
    const workflowId = conversationWorkflowId(TENANT, id);
    const { raw } = await temporal.workflow.getHandle(workflowId).describe();
    const sum = { events: 0, bytes: 0 };
    for (let runId = raw.workflowExecutionInfo?.firstRunId; runId;) {
      const { events, bytes } = await historyOf(temporal, workflowId, runId);
      sum.events += events.length;
      sum.bytes += bytes;
      runId = events.at(-1)?.workflowExecutionContinuedAsNewEventAttributes?.newExecutionRunId;
    }
    return sum;
  }
}
