import { randomUUID } from 'node:crypto';

import { conversationWorkflowId, turnWorkflowId } from '../src/contracts/ids.ts';
import { runBlock, type Block, type BlockResult } from './block.ts';
import { startFloor } from './floor.ts';
import { billedActions, historyOf } from './history-cost.ts';
import { report, type Row } from './results.ts';
import { completedTurn, heldTurn, progress, TENANT, withStage, type Stage } from './stage.ts';
import { median } from './statistics.ts';

const AT_ONCE = [10, 40];
const ROUNDS = 3;
/** Most events, and most billed actions, that a turn of one gated call may take. */
const GOALS = { turnEvents: 40, conversationEvents: 12, actions: 10 };

/**
 * Gated turns a second: start, hold, approve at once, run the tool, reply; each in a conversation of its own. Beside it the floor:
 * a bare workflow that waits for a signal and makes the one request. The contestants take turns in one run.
 */
export async function benchThroughput({ count = 120 }: { count?: number }): Promise<void> {
  await withStage({}, async (stage) => {
    const floor = await startFloor(stage);
    const contestants: Record<string, () => Promise<void>> = {
      'first turns': () => oneTurn(stage, `b-${randomUUID()}`),
      'later turns': inTurn((conversationId) => oneTurn(stage, conversationId)),
      'floor: signal, one activity': async () => {
        const { decide, done } = await floor.waiting();
        await decide();
        await done();
      },
    };
    const { main: _itself, ...measured } = await stage.pids();
    const results: Record<string, BlockResult[]> = {};
    for (const [name, unit] of Object.entries(contestants)) {
      progress(`Warming up: ${name}`);
      await runBlock({ count: 40, atOnce: 10 }, {}, unit);
    }
    for (let round = 1; round <= ROUNDS; round += 1) {
      for (const atOnce of AT_ONCE) {
        for (const [name, unit] of Object.entries(contestants)) {
          const block: Block = { count, atOnce };
          const result = await runBlock(block, measured, unit);
          (results[`${name}, ${atOnce} at once`] ??= []).push(result);
          progress(`Round ${round}: ${name}, ${atOnce} at once: ${result.perSecond.toFixed(1)} a second`);
        }
      }
    }
    await report('throughput', [...Object.entries(results).flatMap(toRows), ...(await costOfTurn(stage))]);
  });
}

/** Each of those at work has a conversation of its own, and goes on with it. */
function inTurn(work: (conversationId: string) => Promise<void>): () => Promise<void> {
  const free: string[] = [];
  return async () => {
    const conversationId = free.pop() ?? `b-${randomUUID()}`;
    await work(conversationId);
    free.push(conversationId);
  };
}

async function oneTurn({ client }: Pick<Stage, 'client'>, conversationId: string): Promise<void> {
  const { approvalId, turnId } = await heldTurn(client, { conversationId });
  const receipt = await client.decide(TENANT, {
    approvalId,
    decisionId: randomUUID(),
    decision: 'approve',
    approver: { id: 'bench' },
    decidedAt: new Date().toISOString(),
    source: 'api',
  });
  if (receipt?.outcome !== 'applied') throw new Error(`Not applied: ${JSON.stringify(receipt)}`);
  await completedTurn(client, turnId);
}

function toRows([name, blocks]: [string, BlockResult[]]): Row[] {
  const figure = (of: (block: BlockResult) => number): Pick<Row, 'value' | 'spread'> => {
    const values = blocks.map(of);
    return { value: median(values), spread: [Math.min(...values), Math.max(...values)] };
  };
  // Processes that take no part in this contest stay below that.
  const isAtWork = (process: string): boolean => figure(({ cpuMs }) => cpuMs[process] ?? 0).value >= 0.5;
  const processes = Object.keys(blocks[0]?.cpuMs ?? {}).filter(isAtWork);
  const withMemory = processes.filter((process) => process in (blocks[0]?.memoryBytes ?? {}));
  return [
    {
      name,
      unit: 'turns/s',
      ...figure(({ perSecond }) => perSecond),
      samples: blocks.length,
      worse: 'lower',
    },
    ...processes.map((process): Row => ({
      name: `${name}: CPU of the ${process}`,
      unit: 'ms a turn',
      ...figure(({ cpuMs }) => cpuMs[process] ?? 0),
      worse: 'higher',
    })),
    ...withMemory.map((process): Row => ({
      name: `${name}: memory of the ${process}`,
      unit: 'MB',
      ...figure(({ memoryBytes }) => (memoryBytes[process] ?? 0) / 2 ** 20),
    })),
  ];
}

/** Events, bytes and billed actions of a turn: the first of its conversation, and a later one. */
async function costOfTurn(stage: Stage): Promise<Row[]> {
  const conversationId = `cost-${randomUUID()}`;
  const conversation = () => historyOf(stage.temporal, conversationWorkflowId(TENANT, conversationId));
  const rows: Row[] = [];
  let before = { events: 0, bytes: 0, actions: 0 };
  for (const which of ['first', 'later']) {
    const { approvalId, turnId } = await heldTurn(stage.client, { conversationId });
    await stage.client.decide(TENANT, {
      approvalId,
      decisionId: randomUUID(),
      decision: 'approve',
      approver: { id: 'bench' },
      decidedAt: new Date().toISOString(),
      source: 'api',
    });
    await completedTurn(stage.client, turnId);
    const turn = await historyOf(stage.temporal, turnWorkflowId(TENANT, turnId));
    const { events, bytes } = await settledHistory(conversation);
    const now = { events: events.length, bytes, actions: billedActions(events) };
    const actions = now.actions - before.actions + billedActions(turn.events);
    const name = `the ${which} turn of a conversation`;
    const atMost = (value: number, most: number) => ({
      value,
      worse: 'higher' as const,
      goal: { text: `at most ${most}`, met: value <= most },
    });
    rows.push(
      { name: `${name}: the turn`, unit: 'events', ...atMost(turn.events.length, GOALS.turnEvents) },
      { name: `${name}: the turn`, unit: 'bytes', value: turn.bytes, worse: 'higher' },
      {
        name: `${name}: its conversation`,
        unit: 'events',
        ...atMost(now.events - before.events, GOALS.conversationEvents),
      },
      { name: `${name}: its conversation`, unit: 'bytes', value: now.bytes - before.bytes, worse: 'higher' },
      { name: `${name}: billed by Temporal Cloud`, unit: 'actions', ...atMost(actions, GOALS.actions) },
    );
    before = now;
  }
  return rows;
}

/** The history once the conversation has taken note of its turn's end: when it has not grown for a while. */
async function settledHistory(
  read: () => ReturnType<typeof historyOf>,
): Promise<Awaited<ReturnType<typeof historyOf>>> {
  for (let last = await read(); ;) {
    await new Promise((resolve) => setTimeout(resolve, 500));
    const now = await read();
    if (now.events.length === last.events.length) return now;
    last = now;
  }
}
