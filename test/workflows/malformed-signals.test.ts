import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import { handoverWorkflowId, conversationWorkflowId, turnWorkflowId } from '../../src/contracts/ids.ts';
import app from '../support/handover-app.ts';
import { startHandover, type PlayedHandover } from '../support/handover.ts';
import { until } from '../../src/testing/wait.ts';
import { startWorld, TENANT, type World } from '../support/world.ts';

let handover: PlayedHandover;
let world: World;

beforeAll(async () => {
  handover = await startHandover();
  const { url, state } = handover;
  const pausesMs = { first: 200, longest: 400 };
  world = await startWorld({
    ...{ app, name: 'malformed-signals', handover: { url, apiKey: state.apiKey, pausesMs } },
  });
});
afterAll(async () => {
  await world.stop();
  await handover.close();
});

const CONVERSATION_SIGNALS = ['say', 'turnHeld', 'turnLeft'];
const TURN_SIGNALS = ['decide', 'park', 'tellWhenFree', 'runChanged'];

/** More than any id or payload of ours has. */
const LONG = 'x'.repeat(1_000);
const LARGE = 'x'.repeat(1_200_000);
const ID = 'abcdefabcdefabcdefab';

/** Payloads of no signal's shape, those with the right fields and wrong values among them. */
const misshapen = (turnId: string): unknown[][] => [
  [],
  [null],
  [42],
  ['text'],
  [[]],
  [[{ turnId }]],
  [{}],
  [{ turnId: 7 }],
  [{ turnId: '', threadId: 'thread_of_nobody' }],
  [{ turnId: `other.${ID}`, threadId: 'thread_of_nobody', message: 'hi', context: { tenant: TENANT } }],
  [{ turnId, threadId: 7, message: {}, context: null, whilePending: 'never', approvalIds: 'all' }],
  [{ turnId, threadId: '', message: '', context: {}, whilePending: 'reject', approvalIds: [7] }],
  [{ turnId, transcript: [null], message: 'hi', context: { tenant: 'globex' }, whilePending: 'reject' }],
  [{ turnId, transcript: [{ role: 'root' }], threadId: 'thread_of_nobody' }],
  [{ turnId, transcript: [], message: LARGE, context: { tenant: TENANT } }],
  // A context that travels with every call, and a key that fills the search attribute of a conversation's users.
  [{ turnId, threadId: 7, message: 'hi', context: { tenant: TENANT, more: 'x'.repeat(20_000) } }],
  [{ turnId, threadId: 7, message: 'hi', context: { tenant: TENANT }, userKey: '€'.repeat(64) }],
  [{ turnId, threadId: LONG, approvalIds: [LONG], whilePending: 'reject' }],
  [{ eventId: LONG, runId: LONG, decisionId: LONG, approvalId: LONG }],
  [{ eventId: {}, runId: [], decisionId: 7, approvalId: 7, decision: 'maybe' }],
];

const sendAll = async (workflowId: string, signals: string[], payloads: unknown[][]) => {
  const handle = world.temporal.workflow.getHandle(workflowId);
  for (const signal of signals) for (const args of payloads) await handle.signal(signal, ...args);
};

const NO_JSON = '{no json';
/** JSON that can be read and not be written again: the stack does not reach so far. */
const NESTED = `{"turnId":"x","more":${'['.repeat(50_000)}${']'.repeat(50_000)}}`;

/** No JSON, an encoding that nobody knows, and JSON that is nested too deeply. */
const sendBytes = async (workflowId: string, signalName: string, turnId: string) => {
  const encodings = ['json/plain', 'json/nobody-knows', ''].map((encoding) => [encoding, NO_JSON]);
  for (const [encoding, text] of [...encodings, ['json/plain', NESTED.replace('x', turnId)]]) {
    const payload = { metadata: { encoding: Buffer.from(encoding!) }, data: Buffer.from(text!) };
    await world.temporal.workflowService.signalWorkflowExecution({
      ...{ namespace: 'default', workflowExecution: { workflowId }, signalName },
      ...{ input: { payloads: [payload] }, requestId: crypto.randomUUID() },
    });
  }
};

describe('signals of another shape', () => {
  test('to a conversation change nothing: its turns go on, one after the other', async () => {
    const conversationId = `odd-${crypto.randomUUID().slice(0, 8)}`;
    const approval = await world.asked('single', { conversationId });
    const workflowId = conversationWorkflowId(TENANT, conversationId);
    await sendAll(workflowId, CONVERSATION_SIGNALS, misshapen(approval.turnId));
    // Of this one the turn's id is all.
    await sendAll(workflowId, ['cancelQueued'], misshapen(`other.${ID}`));
    const next = await world.say('hi', { conversationId });
    await expect.poll(() => world.read(next)).toMatchObject({ status: 'queued' });
    await world.decide(approval, {});
    const [first, second] = [await world.end(approval.turnId), await world.end(next)];
    expect([first, second]).toMatchObject([{ status: 'completed' }, { status: 'completed' }]);
    expect(second.run!.threadId).toBe(first.run!.threadId);
    expect(await world.ended('hi', { conversationId })).toMatchObject({ status: 'completed' });
    const turns = await until('the turns in the list', async () => {
      const view = await world.client.getConversation(TENANT, conversationId);
      return view?.turns.length === 3 ? view.turns : null;
    });
    expect(turns.map(({ status }) => status)).toEqual(['completed', 'completed', 'completed']);
  });

  test('to a turn change nothing: it still waits, and the decision counts', async () => {
    const approval = await world.asked('single');
    const signals = TURN_SIGNALS.filter((signal) => signal !== 'park');
    await sendAll(turnWorkflowId(TENANT, approval.turnId), signals, misshapen(approval.turnId));
    expect(await world.decide(approval, {})).toMatchObject({ outcome: 'applied' });
    expect(await world.end(approval.turnId)).toMatchObject({
      ...{ status: 'completed', approvals: [{ outcome: 'executed' }] },
    });
  });

  test('that need no payload mean the same with any', async () => {
    const park = async (payload: unknown[]) => {
      const approval = await world.asked('single');
      await world.turn(approval.turnId).signal('park', ...payload);
      await until('the parked turn', async () => (await world.read(approval.turnId))?.status === 'parked');
      await world.decide(approval, { decision: 'deny' });
      await world.end(approval.turnId);
    };
    await Promise.all([[], [null], ['text', 7], [{ turnId: LONG }]].map(park));
  });

  test('to a question at the Handover change nothing: the answer given there counts', async () => {
    const approval = await world.asked('single');
    const { approvalId } = approval;
    const decision = await handover.decisionAbout(approvalId);
    await sendAll(handoverWorkflowId(TENANT, approvalId), ['hint'], misshapen(approval.turnId));
    handover.resolve(decision.id, 'approved');
    expect(await world.end(approval.turnId)).toMatchObject({
      status: 'completed',
      approvals: [{ status: 'approved' }],
    });
  });

  test('nor do bytes that cannot be read at all', async () => {
    const conversationId = `odd-${crypto.randomUUID().slice(0, 8)}`;
    const approval = await world.asked('single', { conversationId });
    for (const signal of CONVERSATION_SIGNALS) {
      await sendBytes(conversationWorkflowId(TENANT, conversationId), signal, approval.turnId);
    }
    for (const signal of TURN_SIGNALS.filter((name) => name !== 'park')) {
      await sendBytes(turnWorkflowId(TENANT, approval.turnId), signal, approval.turnId);
    }
    await sendBytes(handoverWorkflowId(TENANT, approval.approvalId), 'hint', approval.turnId);
    const next = await world.say('hi', { conversationId });
    expect(await world.decide(approval, {})).toMatchObject({ outcome: 'applied' });
    expect(await world.end(approval.turnId)).toMatchObject({ status: 'completed' });
    expect(await world.end(next)).toMatchObject({ status: 'completed' });
  });

  test('by update are refused, and leave no event', async () => {
    const conversationId = `odd-${crypto.randomUUID().slice(0, 8)}`;
    const turnId = await world.say('hi', { conversationId });
    await world.end(turnId);
    const conversation = world.temporal.workflow.getHandle(conversationWorkflowId(TENANT, conversationId));
    const { historyLength } = await conversation.describe();
    for (const [payload] of misshapen(turnId)) {
      const failure: unknown = await conversation
        .executeUpdate('sayNow', { args: [payload] })
        .catch((error: unknown) => error);
      expect(failure).toMatchObject({ cause: { type: 'Say.Malformed' } });
    }
    expect((await conversation.describe()).historyLength).toBe(historyLength);
  });
});

describe('a turn that is said to be held', () => {
  test.each([
    ['approvals that are not its own', [`other.${ID}.abcdefgh`]],
    ['approvals that do not exist', null],
  ])('by %s keeps no message from being taken', async (_what, ids) => {
    const conversationId = `odd-${crypto.randomUUID().slice(0, 8)}`;
    const approval = await world.asked('single', { conversationId });
    const conversation = world.temporal.workflow.getHandle(conversationWorkflowId(TENANT, conversationId));
    const approvalIds = ids ?? [`${approval.turnId}.abcdefgh`];
    await conversation.signal('turnHeld', { turnId: approval.turnId, whilePending: 'reject', approvalIds });
    const next = await world.say('hi', { conversationId });
    expect(await world.read(next)).toMatchObject({ status: 'queued' });
    await world.decide(approval, { decision: 'deny' });
    expect(await world.end(next)).toMatchObject({ status: 'completed' });
  });
});
