import { randomUUID } from 'node:crypto';

import { conversationWorkflowId, turnWorkflowId } from '../src/contracts/ids.ts';
import { runBlock, type Block, type BlockResult } from './block.ts';
import { ofThoseUp, wholeTurn, type Contestant } from './contest/contestant.ts';
import { startCountersign, startRecorded, type Countersign } from './contest/countersign.ts';
import { isPeerInstalled, startPeer } from './contest/peer.ts';
import { startFloor } from './floor.ts';
import { billedActions, historyOf } from './history-cost.ts';
import { report, type Row } from './results.ts';
import { approve, completedTurn, heldTurn, progress, TENANT, withStage, type Stage } from './stage.ts';
import { median } from './statistics.ts';

const AT_ONCE = [10, 40];
const ROUNDS = 3;
/** Turns before the first round: with 40 the first round of ours was a tenth slower than the others. */
const WARM_UP = 120;
/** Most events, and most billed actions, that a turn of one gated call may take. */
const GOALS = { turnEvents: 30, conversationEvents: 12, actions: 10 };
const RECORDED_GOALS = { ...GOALS, turnEvents: 34, actions: 11 };
const PACKAGE = 'temporal-openai-agents';
const PACKAGE_TITLE = '@temporalio/openai-agents';
const FIRST = 'first turns';
const CHAT = 'first turns by Chat Completions';
/** How many times as many turns a second as the package. */
const PACKAGE_GOAL = 2;
const RECORDED_PACKAGE_GOAL = 1.5;
/** How many times as many turns a second with all that proves a decision as without. */
const RECORDED_GOAL = 0.85;

/** What is measured: a turn, and the processes on this machine that work for it, by name. */
interface Measured {
  unit: () => Promise<void>;
  pids: Record<string, number>;
}

/**
 * Gated turns a second: start, hold, approve at once, run the tool, reply; each in a conversation of its own. Beside it the floor, a
 * bare workflow that waits for a signal and makes the one request; and Temporal's own package on the same server, when
 * `npm run bench -- peers` has installed it. The contestants take turns in one run.
 */
export async function benchThroughput({ count = 120 }: { count?: number }): Promise<void> {
  await withStage({}, async (stage) => {
    const started: Contestant[] = [];
    const kept = <One extends Contestant>(one: One): One => {
      started.push(one);
      return one;
    };
    try {
      const plain = kept(await startCountersign(stage, { name: FIRST }));
      const chat = kept(await startCountersign(stage, { name: CHAT, protocol: 'chat' }));
      const recorded = (await startRecorded(stage)).map(kept);
      if (await isPeerInstalled(PACKAGE)) kept(await startPeer(PACKAGE, stage));
      else progress(`Without ${PACKAGE}: "npm run bench -- peers --only ${PACKAGE}" installs it.`);
      const results = await measure(await contestants(stage, plain, started), count);
      const names = recorded.map(({ name }) => name);
      await report('throughput', [
        ...[FIRST, CHAT].flatMap((name) => ratios(results, name, PACKAGE_TITLE, PACKAGE_GOAL)),
        ...names.flatMap((name) => ratios(results, name, PACKAGE_TITLE, RECORDED_PACKAGE_GOAL)),
        ...names.flatMap((name) => ratios(results, name, FIRST, RECORDED_GOAL)),
        ...Object.entries(results).flatMap(toRows),
        ...(await costOfTurn(stage, plain, GOALS)),
        ...(await costOfTurn(stage, recorded[0] ?? chat, RECORDED_GOALS)),
      ]);
    } finally {
      for (const one of started) await one.stop();
    }
  });
}

async function contestants(
  stage: Stage,
  plain: Countersign,
  started: Contestant[],
): Promise<Record<string, Measured>> {
  const floor = await startFloor(stage);
  const { 'floor worker': worker, temporal, simulator } = await stage.pids();
  const measured = started.map(async (one): Promise<[string, Measured]> => {
    const { name, turns } = one;
    const { engine = 0, ...others } = await one.pids();
    const title = name === PACKAGE ? PACKAGE_TITLE : name;
    return [title, { unit: () => wholeTurn(turns), pids: { temporal: engine, ...others } }];
  });
  const all = Object.fromEntries(await Promise.all(measured));
  return {
    ...all,
    'later turns': {
      unit: inTurn((conversationId) => oneTurn(plain, conversationId)),
      pids: all[FIRST]?.pids ?? {},
    },
    'floor: signal, one activity': {
      unit: async () => {
        const { decide, done } = await floor.waiting();
        await decide();
        await done();
      },
      pids: ofThoseUp({ worker, temporal, simulator }),
    },
  };
}

async function measure(all: Record<string, Measured>, count: number): Promise<Record<string, BlockResult[]>> {
  const results: Record<string, BlockResult[]> = {};
  for (const [name, { unit }] of Object.entries(all)) {
    progress(`Warming up: ${name}`);
    await runBlock({ count: WARM_UP, atOnce: 10 }, {}, unit);
  }
  for (let round = 1; round <= ROUNDS; round += 1) {
    for (const atOnce of AT_ONCE) {
      for (const [name, { unit, pids }] of Object.entries(all)) {
        const block: Block = { count, atOnce };
        const result = await runBlock(block, pids, unit);
        (results[`${name}, ${atOnce} at once`] ??= []).push(result);
        progress(`Round ${round}: ${name}, ${atOnce} at once: ${result.perSecond.toFixed(1)} a second`);
      }
    }
  }
  return results;
}

/** The median of the rounds' ratios; none without the base. */
function ratios(results: Record<string, BlockResult[]>, name: string, base: string, goal: number): Row[] {
  return AT_ONCE.flatMap((atOnce) => {
    const bases = results[`${base}, ${atOnce} at once`];
    if (bases === undefined) return [];
    const rounds = results[`${name}, ${atOnce} at once`] ?? [];
    const all = rounds.map(({ perSecond }, round) => perSecond / (bases[round]?.perSecond ?? NaN));
    const value = median(all);
    return {
      name: `${name}, ${atOnce} at once, against ${base}`,
      unit: 'x',
      value,
      spread: [Math.min(...all), Math.max(...all)],
      worse: 'lower',
      goal: { text: `at least ${goal}`, met: value >= goal },
    };
  });
}

/** Each of those at work has a conversation of its own, and goes on with it. */
function inTurn(work: (conversationId: string) => Promise<unknown>): () => Promise<void> {
  const free: string[] = [];
  return async () => {
    const conversationId = free.pop() ?? `b-${randomUUID()}`;
    await work(conversationId);
    free.push(conversationId);
  };
}

async function oneTurn({ client, word }: Countersign, conversationId: string): Promise<string> {
  const held = await heldTurn(client, { conversationId, message: word });
  const receipt = await approve(client, held);
  if (receipt?.outcome !== 'applied') throw new Error(`Not applied: ${JSON.stringify(receipt)}`);
  await completedTurn(client, held.turnId);
  return held.turnId;
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
async function costOfTurn(stage: Stage, own: Countersign, goals: typeof GOALS): Promise<Row[]> {
  const conversationId = `cost-${randomUUID()}`;
  const conversation = () => historyOf(stage.temporal, conversationWorkflowId(TENANT, conversationId));
  const rows: Row[] = [];
  let before = { events: 0, bytes: 0, actions: 0 };
  for (const which of ['first', 'later']) {
    const turnId = await oneTurn(own, conversationId);
    const turn = await historyOf(stage.temporal, turnWorkflowId(TENANT, turnId));
    const { events, bytes } = await settledHistory(conversation);
    const now = { events: events.length, bytes, actions: billedActions(events) };
    const actions = now.actions - before.actions + billedActions(turn.events);
    const name = `the ${which} turn of a conversation${own.word === 'gated' ? '' : `, ${own.name}`}`;
    const atMost = (value: number, most: number) => ({
      value,
      worse: 'higher' as const,
      goal: { text: `at most ${most}`, met: value <= most },
    });
    rows.push(
      { name: `${name}: the turn`, unit: 'events', ...atMost(turn.events.length, goals.turnEvents) },
      { name: `${name}: the turn`, unit: 'bytes', value: turn.bytes, worse: 'higher' },
      {
        name: `${name}: its conversation`,
        unit: 'events',
        ...atMost(now.events - before.events, goals.conversationEvents),
      },
      { name: `${name}: its conversation`, unit: 'bytes', value: now.bytes - before.bytes, worse: 'higher' },
      { name: `${name}: billed by Temporal Cloud`, unit: 'actions', ...atMost(actions, goals.actions) },
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
