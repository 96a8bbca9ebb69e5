import { mkdir, rm, writeFile } from 'node:fs/promises';

import { historyToJSON } from '@temporalio/common/lib/proto-utils.js';
import { z } from 'zod';

import { ignoreNotFound } from '../src/client/read-turn.ts';
import { startTemporalServer } from '../src/cli/temporal/server.ts';
import {
  conversationOfTurn,
  conversationWorkflowId,
  handoverWorkflowId,
  noticeWorkflowId,
  requestWorkflowId,
  turnWorkflowId,
} from '../src/contracts/ids.ts';
import type { Approval } from '../src/contracts/approval/approval.ts';
import { createWebhookSecret } from '../src/contracts/webhooks/signature.ts';
import { defineApp, defineAssistant, defineTool, requireApproval } from '../src/index.ts';
import { createSlackChannel } from '../src/notices/slack/slack.ts';
import { openStore, type Store } from '../src/store/store.ts';
import { createDesk } from '../test/support/desk.ts';
import { createWorld, TENANT, type Ground, type World } from '../test/support/create-world.ts';
import handoverApp from '../test/support/handover-app.ts';
import { startHandover, type PlayedHandover } from '../test/support/handover.ts';
import { payBack } from '../test/support/pay-back.ts';
import { startReceiver } from '../test/support/receiver.ts';
import { startSlack, TOKEN } from '../test/support/slack/server.ts';
import { until } from '../src/testing/wait.ts';

/**
 * Records one history of every shape a turn, a conversation, a request, a notice and a question at the Handover can take, into
 * test/histories/. The tests replay them against the workflow code as it is: a change of it that would break a workflow under way shows there.
 *
 * Arguments are beginnings of names (`request-`, `turn-continued`): only these are recorded, what else is there stays.
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

/** What is played together, and the histories that come of it. */
const RECORDINGS: [record: (ground: Ground) => Promise<void>, names: string[]][] = [
  [recordTurns, [...Object.keys(SHAPES), 'conversation-one-turn', 'conversation-queued']],
  [recordParked, [...Object.keys(PARKED_SHAPES), 'conversation-continued']],
  [recordHinted, ['turn-hinted', 'conversation-of-two-users']],
  [recordNotices, ['notice-followed', 'notice-edited', 'notice-cancelled']],
  [recordWithStore, ['turn-recorded', 'turn-recorded-and-parked', 'turn-recorded-provider']],
  [recordRequests, ['request-approved-and-sent', 'request-edited', 'request-expired']],
  [
    recordHandover,
    ['handover-answered', 'handover-settled-elsewhere', 'handover-hinted-and-closed', 'handover-turn'],
  ],
];

/** Beginnings of names, from the command line; with none everything is recorded anew. */
const wanted = process.argv.slice(2);
const names = RECORDINGS.flatMap(([, recorded]) => recorded);
const stray = wanted.find((start) => !names.some((name) => name.startsWith(start)));
if (stray !== undefined) throw new Error(`"${stray}" begins no history. There are: ${names.join(', ')}.`);

const server = await startTemporalServer({ uiPort: false, onProgress: (message) => console.error(message) });
try {
  const ground = { address: server.address };
  if (wanted.length === 0) await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true });
  for (const [record, recorded] of RECORDINGS) if (recorded.some(isWanted)) await record(ground);
} finally {
  await server.stop();
}

function isWanted(name: string): boolean {
  return wanted.length === 0 || wanted.some((start) => name.startsWith(start));
}

async function recordTurns(ground: Ground): Promise<void> {
  const world = await createWorld(ground, { app: createDesk().app, name: 'histories' });
  for (const [name, play] of Object.entries(SHAPES)) {
    const isOfConversation = name === 'turn-approved' && isWanted('conversation-one-turn');
    if (!isWanted(name) && !isOfConversation) continue;
    const turnId = await play(world);
    await write(world, name, turnWorkflowId(TENANT, turnId));
    if (name === 'turn-approved') await write(world, 'conversation-one-turn', conversationOf(turnId));
  }
  if (isWanted('conversation-queued'))
    await write(world, 'conversation-queued', conversationOf(await queue(world)));
  await world.stop();
}

async function recordParked(ground: Ground): Promise<void> {
  const short = await createWorld(ground, {
    app: createDesk().app,
    name: 'histories-parked',
    simulator: { runTtlSeconds: 23 },
  });
  for (const [name, play] of Object.entries(PARKED_SHAPES)) {
    const isOfConversation = name === 'turn-continued' && isWanted('conversation-continued');
    if (!isWanted(name) && !isOfConversation) continue;
    const turnId = await play(short);
    await write(short, name, turnWorkflowId(TENANT, turnId));
    if (name === 'turn-continued') await write(short, 'conversation-continued', conversationOf(turnId));
  }
  await short.stop();
}

/** A long run that its provider tells about, and a conversation in which two users speak. */
async function recordHinted(ground: Ground): Promise<void> {
  const thinkMs = 120_000;
  const scenario = {
    rules: [{ when: ['slow'], thinkMs, reply: 'At last.' }],
    otherwise: { reply: 'Hello.' },
  };
  const world = await createWorld(ground, {
    app: createDesk().app,
    name: 'histories-hinted',
    protocol: 'responses',
    isHinted: true,
    simulator: { scenario },
  });
  const turnId = await world.say('slow', { context: { user: 'ada' } });
  const { workflow } = world.temporal;
  await until('the run to be watched', async () => {
    const turn = workflow.getHandle(turnWorkflowId(TENANT, turnId));
    const seen = await turn.describe().catch(ignoreNotFound); // its conversation may not have begun it yet
    const activities = seen?.raw.pendingActivities ?? [];
    return activities.some(({ activityType }) => activityType?.name === 'watchRun') ? true : null;
  });
  const { responses } = (await world.control('state')) as { responses: { id: string }[] };
  const runId = responses[0]?.id ?? '';
  await world.client.hintRun({ tenant: TENANT, turnId, runId, eventId: 'evt_1' });
  await world.control('clock', { skewMs: thinkMs });
  await world.end(turnId);
  await write(world, 'turn-hinted', turnWorkflowId(TENANT, turnId));
  const said = { conversationId: conversationOfTurn(turnId) ?? '', context: { user: 'grace' } };
  await world.end(await world.say('hi', said));
  await write(world, 'conversation-of-two-users', conversationOf(turnId));
  await world.stop();
}

async function recordRequests(ground: Ground): Promise<void> {
  const callbacks = { hosts: ['127.0.0.1'], secret: createWebhookSecret() };
  const world = await createWorld(ground, {
    ...{ app: createDesk().app, name: 'histories-requests', callbacks },
  });
  const receiver = await startReceiver({ status: 500 });
  const ask = async (withinMs: number, callbackUrl?: string) => {
    const asked = { tenant: TENANT, requestedBy: 'backoffice', action: 'Send the contract', withinMs };
    const more = callbackUrl === undefined ? {} : { callbackUrl };
    const { id } = await world.client.askForDecision({ ...asked, urgency: 'high', ...more });
    return id;
  };
  const end = async (name: string, id: string) => {
    await world.temporal.workflow.getHandle(requestWorkflowId(TENANT, id)).result();
    await write(world, name, requestWorkflowId(TENANT, id));
  };
  const decide = (approvalId: string, decision: object) =>
    world.client.decide(TENANT, {
      ...{ approvalId, decisionId: 'd-1', decision: 'approve', approver: { id: 'ada' }, source: 'api' },
      decidedAt: new Date().toISOString(),
      ...decision,
    });
  const approved = await ask(600_000, receiver.url);
  await decide(approved, {});
  await end('request-approved-and-sent', approved);
  const edited = await ask(600_000);
  await decide(edited, { decision: 'edit', arguments: { action: 'Send half of it' } });
  await end('request-edited', edited);
  await end('request-expired', await ask(1_500));
  await world.stop();
  await receiver.close();
}

/** Of questions that two must agree to, told in Slack: one is voted on twice, one is changed, one is denied after a cancel that changes nothing. */
async function recordNotices(ground: Ground): Promise<void> {
  const slack = await startSlack();
  for (const id of ['U0ADA', 'U0GRACE']) slack.users.set(id, { id });
  const store = await openStore({ url: 'sqlite::memory:' });
  await store.people.put(TENANT, [
    { id: 'ada', slackId: 'U0ADA' },
    { id: 'grace', slackId: 'U0GRACE' },
  ]);
  const refund = defineTool({
    ...{ name: 'refund', description: 'Pays money back.' },
    parameters: z.strictObject({ orderId: z.string() }),
    policy: requireApproval({
      ...{ within: '30d', quorum: { approve: 2, deny: 1 }, ladder: [{ after: '1h', remind: true }] },
    }),
    execute: () => 'done',
  });
  const { app, scenario } = payBack(refund);
  const channels = [createSlackChannel({ token: TOKEN, apiUrl: slack.apiUrl })];
  const world = await createWorld(ground, {
    ...{ app, name: 'histories-notices', simulator: { scenario }, store },
    notices: { channels, publicUrl: 'https://countersign.example.com' },
  });
  let votes = 0;
  const ask = async () => {
    slack.messages.length = 0;
    const approval = await world.asked('pay back');
    const { approvalId } = approval;
    await until('two cards', async () => {
      const notices = await store.notices.ofApproval(TENANT, approvalId);
      return notices.filter(({ state }) => state === 'sent').length === 2 ? true : null;
    });
    const workflowId = noticeWorkflowId(TENANT, approvalId);
    const vote = (id: string, decision: 'approve' | 'deny' = 'approve') =>
      world.decide(approval, { decision, decisionId: `d-${(votes += 1)}`, approver: { id }, source: 'api' });
    return { approval, workflowId, handle: world.temporal.workflow.getHandle(workflowId), vote };
  };
  const followed = await ask();
  await followed.vote('ada');
  const isChanged = () => slack.messages.every(({ updates }) => updates > 0);
  await until('the vote on both cards', () => Promise.resolve(isChanged() ? true : null));
  await followed.vote('grace');
  await followed.handle.result();
  await write(world, 'notice-followed', followed.workflowId);
  const edited = await ask();
  await edited.vote('ada');
  await world.decide(edited.approval, {
    ...{ decision: 'edit', decisionId: 'd-edit', arguments: { orderId: 'A-2' } },
    ...{ approver: { id: 'grace' }, source: 'api' },
  });
  await until('the card that asks again', () => Promise.resolve(slack.messages.length === 3 ? true : null));
  const [changed] = await world.pending(edited.approval.turnId);
  if (changed === undefined) throw new Error('nothing to vote on');
  await world.decide(changed, {
    ...{ decision: 'approve', decisionId: 'd-again', argumentsDigest: changed.argumentsDigest },
    ...{ approver: { id: 'ada' }, source: 'api' },
  });
  await edited.handle.result();
  await write(world, 'notice-edited', edited.workflowId);
  const cancelled = await ask();
  await cancelled.handle.cancel();
  await cancelled.vote('ada', 'deny');
  await cancelled.handle.result();
  await write(world, 'notice-cancelled', cancelled.workflowId);
  await world.stop();
  await Promise.all([store.close(), slack.close()]);
}

/** Turns whose votes and ends are told to the record: one that two agree to, one that is parked and denied, and one that the provider runs. */
async function recordWithStore(ground: Ground): Promise<void> {
  const store = await openStore({ url: 'sqlite::memory:' });
  const refund = defineTool({
    ...{ name: 'refund', description: 'Pays money back.', effect: 'idempotent' },
    parameters: z.strictObject({ orderId: z.string() }),
    policy: requireApproval({ within: '30d', quorum: { approve: 2, deny: 1 } }),
    execute: () => 'done',
  });
  const { app, scenario } = payBack(refund);
  const world = await createWorld(ground, {
    ...{ app, name: 'histories-recorded', simulator: { scenario }, store },
  });
  const vote = (approval: Approval, id: string, decision: 'approve' | 'deny' = 'approve') =>
    world.decide(approval, { decision, decisionId: `of ${id}`, approver: { id }, source: 'api' });
  const agreed = await world.asked('pay back');
  for (const id of ['ada', 'grace']) await vote(agreed, id);
  await write(world, 'turn-recorded', turnWorkflowId(TENANT, await ended(world, agreed.turnId)));
  const late = await world.asked('pay back');
  await world.park(late.turnId);
  await vote(late, 'ada', 'deny');
  const { continuations = [] } = await world.end(late.turnId);
  for (const continuation of continuations) await world.end(continuation);
  await write(world, 'turn-recorded-and-parked', turnWorkflowId(TENANT, late.turnId));
  await world.stop();
  await recordProviderRuns(ground, store);
  await store.close();
}

/** One of two calls that the provider runs is approved; then the turn is cancelled. */
async function recordProviderRuns(ground: Ground, store: Store): Promise<void> {
  const mcp = [{ serverLabel: 'shop', serverUrl: 'https://shop.example/mcp', policy: requireApproval() }];
  const calls = ['ship', 'sink'].map((tool) => ({
    ...{ tool, arguments: { orderId: 'A-1' }, mcp: { serverLabel: 'shop', output: 'ok' } },
  }));
  const world = await createWorld(ground, {
    app: defineApp({
      assistants: [defineAssistant({ name: 'desk', model: 'gpt-test', instructions: 'Help.', mcp })],
    }),
    ...{ name: 'histories-provider', protocol: 'responses', store },
    simulator: { scenario: { rules: [{ when: ['both'], rounds: [{ calls }], reply: 'Done.' }] } },
  });
  const turnId = await world.say('both');
  const [ship] = await world.pending(turnId, 2);
  if (ship !== undefined) await world.decide(ship, {});
  await world.client.cancelTurn(TENANT, turnId);
  await write(world, 'turn-recorded-provider', turnWorkflowId(TENANT, await ended(world, turnId)));
  await world.stop();
}

async function recordHandover(ground: Ground): Promise<void> {
  const played = await startHandover();
  const { url, state } = played;
  const handover = { url, apiKey: state.apiKey, pausesMs: { first: 200, longest: 400 } };
  const world = await createWorld(ground, { app: handoverApp, name: 'histories-handover', handover });
  const shapes: Record<string, (played: PlayedHandover, approvalId: string) => Promise<unknown>> = {
    'handover-answered': async (handover, approvalId) =>
      handover.resolve((await handover.decisionAbout(approvalId)).id, 'approved'),
    'handover-settled-elsewhere': async ({ decisionAbout }, approvalId) => {
      await decisionAbout(approvalId);
      return world.client.decide(TENANT, {
        ...{ approvalId, decisionId: 'd-1', decision: 'deny', approver: { id: 'ada' }, source: 'api' },
        decidedAt: new Date().toISOString(),
      });
    },
    'handover-hinted-and-closed': async ({ decisionAbout, resolve, ask, reads }, approvalId) => {
      const { id } = await decisionAbout(approvalId);
      await until('a look', () => Promise.resolve(reads.some((read) => read.id === id) ? true : null));
      const decisionId = ask('Something else');
      await world.temporal.workflow
        .getHandle(handoverWorkflowId(TENANT, approvalId))
        .signal('hint', { decisionId });
      await until('a look at it', () =>
        Promise.resolve(reads.some((read) => read.id === decisionId) ? true : null),
      );
      resolve(id, 'expired');
    },
  };
  for (const [name, play] of Object.entries(shapes)) {
    const turnId = await world.say('single');
    const [approval] = await world.pending(turnId);
    if (approval === undefined) throw new Error('nothing to ask about');
    const workflowId = handoverWorkflowId(TENANT, approval.approvalId);
    await play(played, approval.approvalId);
    await until('the end of the question', async () => {
      const { status } = await world.temporal.workflow.getHandle(workflowId).describe();
      return status.name === 'COMPLETED' ? true : null;
    });
    await write(world, name, workflowId);
    if (name !== 'handover-answered') continue;
    await world.end(turnId);
    await write(world, 'handover-turn', turnWorkflowId(TENANT, turnId));
  }
  await world.stop();
  await played.close();
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

/** If it is wanted: as JSON that the Temporal CLI and UI read too, without what only says where it was recorded. */
async function write(world: World, name: string, workflowId: string): Promise<void> {
  if (!isWanted(name)) return;
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
