import { mkdir, rm, writeFile } from 'node:fs/promises';

import { historyToJSON } from '@temporalio/common/lib/proto-utils.js';

import { startTemporalServer } from '../src/cli/temporal-server.ts';
import { conversationOfTurn, conversationWorkflowId, turnWorkflowId } from '../src/contracts/ids.ts';
import { createDesk } from '../test/support/desk.ts';
import { createWorld, TENANT, type World } from '../test/support/create-world.ts';
import { until } from '../test/support/until.ts';

/**
 * Records one history of every shape a turn and a conversation can take, into test/histories/. The tests replay them against
 * the workflow code as it is: a change of it that would break a workflow under way shows there.
 */
const folder = new URL('../test/histories/', import.meta.url);

/** Each shape, played to its end or to the moment that is of interest. Returns the turn. */
const SHAPES: Record<string, (world: World) => Promise<string>> = {
  'turn-without-tools': async (world) => ended(world, await world.say('hi')),
  'turn-approved': async (world) => {
    const turnId = await world.say('single');
    await decideAll(world, turnId, 'approve');
    return ended(world, turnId);
  },
  'turn-denied': async (world) => {
    const turnId = await world.say('single');
    await decideAll(world, turnId, 'deny');
    return ended(world, turnId);
  },
  'turn-edited': async (world) => {
    const turnId = await world.say('single');
    const [approval] = await world.pending(turnId);
    if (approval === undefined) throw new Error('nothing to edit');
    await world.decide(approval, { decision: 'edit', arguments: { orderId: 'A-1', amountCents: 5 } });
    return ended(world, turnId);
  },
  'turn-held': async (world) => {
    const turnId = await world.say('single');
    await world.pending(turnId);
    return turnId;
  },
  'turn-parallel': async (world) => {
    const turnId = await world.say('parallel');
    await decideAll(world, turnId, 'approve', 2);
    return ended(world, turnId);
  },
  'turn-multi-round': async (world) => {
    const turnId = await world.say('rounds');
    await decideAll(world, turnId, 'approve');
    await decideAll(world, turnId, 'deny');
    return ended(world, turnId);
  },
  'turn-parked-for-a-message': async (world) => {
    const said = { conversationId: 'impatient', assistant: 'parker' };
    const turnId = await world.say('single', said);
    await world.pending(turnId);
    await ended(world, await world.say('hi', said));
    return turnId;
  },
  'turn-refused': async (world) => ended(world, await world.say('misfit')),
  'turn-failed': async (world) => ended(world, await world.say('failing')),
  'turn-expired': async (world) => ended(world, await world.say('brief')),
  'turn-cancelled': async (world) => {
    const turnId = await world.say('single');
    await world.pending(turnId);
    await world.client.cancelTurn(TENANT, turnId);
    return ended(world, turnId);
  },
};

/** Of these the run ends while the question is open: it lives 23 s, 20 s of which are the submit margin. */
const PARKED_SHAPES: typeof SHAPES = {
  'turn-parked': async (world) => parked(world, await world.say('patient')),
  'turn-continued': async (world) => {
    const turnId = await parked(world, await world.say('patient', { conversationId: 'continued' }));
    for (const approval of (await world.client.getTurn(TENANT, turnId))?.approvals ?? [])
      await world.decide(approval, {});
    const { continuations = [] } = await world.end(turnId);
    for (const continuation of continuations) await world.end(continuation);
    return turnId;
  },
  'turn-carried-by-another-run': async (world) => {
    const turnId = await world.say('single');
    const [approval] = await world.pending(turnId);
    const turn = await world.client.getTurn(TENANT, turnId);
    await world.control(`runs/${turn?.run?.runId ?? ''}/expire`, {});
    if (approval !== undefined) await world.decide(approval, {});
    return ended(world, turnId);
  },
};

const server = await startTemporalServer({ uiPort: false, onProgress: (message) => console.error(message) });
try {
  const ground = { address: server.address };
  const world = await createWorld(ground, { app: createDesk().app, name: 'histories' });
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true });
  for (const [name, play] of Object.entries(SHAPES)) {
    const turnId = await play(world);
    await write(world, name, turnWorkflowId(TENANT, turnId));
    if (name === 'turn-approved') await write(world, 'conversation-one-turn', conversationOf(turnId));
  }
  await write(world, 'conversation-queued', conversationOf(await queue(world)));
  await world.stop();
  const short = await createWorld(ground, {
    app: createDesk().app,
    name: 'histories-parked',
    simulator: { runTtlSeconds: 23 },
  });
  for (const [name, play] of Object.entries(PARKED_SHAPES)) {
    const turnId = await play(short);
    await write(short, name, turnWorkflowId(TENANT, turnId));
    if (name === 'turn-continued') await write(short, 'conversation-continued', conversationOf(turnId));
  }
  await short.stop();
} finally {
  await server.stop();
}

async function queue(world: World): Promise<string> {
  const conversationId = 'queue';
  const first = await world.say('single', { conversationId });
  await world.pending(first);
  const second = await world.say('hi', { conversationId });
  const third = await world.say('hi', { conversationId });
  await world.client.cancelTurn(TENANT, second);
  await decideAll(world, first, 'approve');
  return ended(world, third);
}

async function decideAll(
  world: World,
  turnId: string,
  decision: 'approve' | 'deny',
  count = 1,
): Promise<void> {
  for (const approval of await world.pending(turnId, count)) await world.decide(approval, { decision });
}

async function parked(world: World, turnId: string): Promise<string> {
  return until('the parked turn', async () => {
    const turn = await world.client.getTurn(TENANT, turnId, 1_000);
    return turn?.status === 'parked' ? turnId : null;
  });
}

async function ended(world: World, turnId: string): Promise<string> {
  await world.end(turnId);
  return turnId;
}

function conversationOf(turnId: string): string {
  return conversationWorkflowId(TENANT, conversationOfTurn(turnId) ?? '');
}

/** As JSON that the Temporal CLI and UI read too, without what only says where it was recorded. */
async function write(world: World, name: string, workflowId: string): Promise<void> {
  const history = await world.temporal.workflow.getHandle(workflowId).fetchHistory();
  const json = JSON.parse(historyToJSON(history)) as unknown;
  await writeFile(new URL(`${name}.json`, folder), `${JSON.stringify(json, withoutPlace, 1)}\n`);
  console.error(`${name}: ${history.events?.length ?? 0} events`);
}

function withoutPlace(key: string, value: unknown): unknown {
  if (key === 'identity') return 'recorded';
  if (key === 'stackTrace') return '';
  return value;
}
