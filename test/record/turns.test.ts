import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { z } from 'zod';

import { billedActions } from '../../bench/history-cost.ts';
import { turnWorkflowId } from '../../src/contracts/ids.ts';
import { defineApp, defineAssistant, defineTool, requireApproval, type Verdict } from '../../src/index.ts';
import { startGate, type Gate } from '../../src/testing/gate.ts';

/** What the record tells of a turn's approvals, whatever becomes of them. */

const ASKS = requireApproval({ within: '30d', onRunDeadline: 'deny' });
let policy: Verdict = ASKS;
const parameters = z.strictObject({ orderId: z.string() });
const tools = (['idempotent', 'at-most-once'] as const).map((effect) =>
  defineTool({
    ...{ name: `refund_${effect.slice(0, 2)}`, description: 'Pays money back.', parameters, effect },
    policy: () => policy,
    execute: ({ orderId }) => {
      if (orderId === 'broken') throw new Error('The bank is closed.');
      if (orderId === 'halved') return 'Refunded \u{1f600}'.slice(0, -1);
      return `Refunded ${orderId}.`;
    },
  }),
);
const app = defineApp({
  assistants: [defineAssistant({ name: 'desk', model: 'gpt-test', instructions: 'Help.', tools })],
});
const call = (tool: string, orderId = 'A-1') => [{ calls: [{ tool, arguments: { orderId } }] }];
const reply = { perOutput: [{ say: '{{output}}' }] };
const scenario = {
  rules: [
    { when: ['once'], rounds: call('refund_at'), reply },
    { when: ['halved'], rounds: call('refund_id', 'halved'), reply },
    { when: ['broken'], rounds: call('refund_id', 'broken'), reply },
    {
      when: ['both'],
      rounds: [{ calls: [...call('refund_id')[0]!.calls, ...call('refund_at')[0]!.calls] }],
      reply,
    },
    { when: ['pay back'], rounds: call('refund_id'), reply },
  ],
  otherwise: { reply: '{{message}}' },
};

let gate: Gate;
beforeAll(async () => {
  gate = await startGate({ app, scenario, store: true, patience: '45s' });
});
afterAll(() => gate.close());
beforeEach(() => {
  policy = ASKS;
});

const record = (approvalId: string) => gate.store!.record.ofApproval(gate.tenant, approvalId);
const kinds = async (approvalId: string) => (await record(approvalId)).map(({ kind }) => kind);
const ask = async (message: string) => {
  const turn = await gate.say(message, { user: 'ada' });
  return { turn, card: await turn.asked() };
};

test('an approver whose right is taken away before the effect lets nothing through: others are asked', async () => {
  policy = requireApproval({ within: '30d', onRunDeadline: 'deny', quorum: { approve: 2, deny: 1 } });
  const { turn, card } = await ask('pay back');
  expect(await card.approve({ as: 'eve' })).toMatchObject({ outcome: 'voted' });
  await gate.store!.revocations.revoke(gate.tenant, 'eve');
  await card.approve({ as: 'grace' });
  await expect.poll(() => card.read()).toMatchObject({ status: 'approved', outcome: 'stale' });
  const again = await turn.asked();
  expect(again.approval.askedBefore?.why).toContain('right of eve');
  expect(await kinds(card.approvalId)).toEqual(['requested', 'voted', 'voted', 'settled', 'stale']);
  await again.approve({ as: 'grace' });
  await again.approve({ as: 'bob' });
  await turn.reply();
  expect(gate.effects().map(({ approver }) => approver?.id)).toEqual(['bob']);
});

test('an approved action is told from the question to its end, with what was asked and what came of it', async () => {
  policy = requireApproval({ within: '30d', onRunDeadline: 'deny', reason: 'Money leaves.' });
  const { turn, card } = await ask('pay back');
  const { requestedAt, deadline, argumentsDigest } = card.approval;
  expect(await record(card.approvalId)).toMatchObject([{ kind: 'requested', time: requestedAt, deadline }]);
  await card.approve({ as: 'grace', note: 'As agreed.' });
  await turn.reply();
  const entries = await record(card.approvalId);
  const { turnId, conversationId } = turn;
  const about = { approvalId: card.approvalId, turnId, conversationId, digest: argumentsDigest };
  expect(entries).toMatchObject([
    { ...about, kind: 'requested', requester: 'ada' },
    { ...about, kind: 'voted', decision: 'approve', person: { id: 'grace' } },
    { ...about, kind: 'settled', status: 'approved' },
    { ...about, kind: 'started' },
    { ...about, kind: 'executed' },
  ]);
  const names = entries.map(({ contents = {} }) => Object.keys(contents).toSorted());
  expect(names).toEqual([['arguments', 'reason'], ['note'], [], [], ['output']]);
  const [asked, voted, , , done] = entries.map(({ contents }) => contents ?? {});
  const content = async (digest = '') => (await gate.store!.record.content(gate.tenant, digest))?.content;
  expect(await content(asked?.arguments)).toEqual({ orderId: 'A-1' });
  expect(await content(voted?.note)).toBe('As agreed.');
  expect(await content(done?.output)).toBe('Refunded A-1.');
});

test('a gated turn with the record on costs at most 34 events and 11 billed actions', async () => {
  const { turn, card } = await ask('pay back');
  await card.approve({ as: 'grace' });
  await turn.reply();
  const handle = gate.temporal.workflow.getHandle(turnWorkflowId(gate.tenant, turn.turnId));
  await handle.result();
  const { events = [] } = await handle.fetchHistory();
  expect(events?.length).toBeLessThanOrEqual(34);
  expect(billedActions(events ?? [])).toBeLessThanOrEqual(11);
});

test.each([
  ['denied', 'pay back', 'deny', ['voted', 'settled']],
  ['answered', 'pay back', 'respond', ['voted', 'settled']],
  ['approved at most once', 'once', 'approve', ['voted', 'settled', 'started', 'executed']],
  ['failed', 'broken', 'approve', ['voted', 'settled', 'started', 'failed']],
] as const)('one that is %s', async (_, message, decision, expected) => {
  const { turn, card } = await ask(message);
  if (decision === 'respond') await card.respond('Ask again.', { as: 'grace' });
  else await card[decision]({ as: 'grace' });
  await turn.reply();
  expect(await kinds(card.approvalId)).toEqual(['requested', ...expected]);
});

test('texts that are cut within a character keep nothing from being asked, done once and told', async () => {
  policy = requireApproval({ within: '30d', onRunDeadline: 'deny', reason: 'For \ud83d' });
  const { turn, card } = await ask('halved');
  await card.approve({ as: 'grace', note: 'Fine \ud83d' });
  expect(await turn.reply()).toContain('Refunded');
  const effects = gate.effects().filter(({ idempotencyKey }) => idempotencyKey === card.approvalId);
  expect(effects).toHaveLength(1);
  const entries = await record(card.approvalId);
  expect(entries.map(({ kind }) => kind)).toEqual(['requested', 'voted', 'settled', 'started', 'executed']);
  const digest = entries.at(-1)?.contents?.output ?? '';
  expect(await gate.store!.record.content(gate.tenant, digest)).toMatchObject({ content: 'Refunded \ufffd' });
});

test('a quorum: each vote is an entry, and the settlement follows the last', async () => {
  policy = requireApproval({ within: '30d', onRunDeadline: 'deny', quorum: { approve: 2 } });
  const { turn, card } = await ask('pay back');
  await card.approve({ as: 'grace' });
  await card.approve({ as: 'linus' });
  await turn.reply();
  const entries = await record(card.approvalId);
  expect(entries[0]?.rule).toEqual({ quorum: { approve: 2, deny: 1 } });
  expect(entries.map(({ kind, person }) => person?.id ?? kind)).toEqual([
    ...['requested', 'grace', 'linus', 'settled', 'started', 'executed'],
  ]);
});

test('a decision by right of emergency is an entry of its own kind', async () => {
  const rule = { quorum: { approve: 2 }, breakGlass: { groups: ['on-call'] } };
  policy = requireApproval({ within: '30d', onRunDeadline: 'deny', ...rule });
  const { turn, card } = await ask('pay back');
  await gate.client.decide(gate.tenant, {
    ...{ approvalId: card.approvalId, decision: 'approve', approver: { id: 'grace', groups: ['on-call'] } },
    ...{ breakGlass: true, note: 'The customer stands at the desk.' },
  });
  await turn.reply();
  const entries = await record(card.approvalId);
  expect(entries.map(({ kind }) => kind)).toEqual([
    ...['requested', 'break-glass', 'settled', 'started', 'executed'],
  ]);
  expect(entries[1]).toMatchObject({ person: { id: 'grace', groups: ['on-call'] } });
});

test('an edit: what the person saw, what they made of it, and that this ran', async () => {
  const { turn, card } = await ask('pay back');
  await card.edit({ orderId: 'B-2' }, { as: 'grace' });
  await turn.reply();
  const [asked, voted, settled, started] = await record(card.approvalId);
  expect(voted).toMatchObject({ decision: 'edit', digest: asked?.digest });
  expect(settled?.digest).not.toBe(asked?.digest);
  expect(started?.digest).toBe(settled?.digest);
  const proposed = await gate.store!.record.content(gate.tenant, voted?.contents?.arguments ?? '');
  expect(proposed?.content).toEqual({ orderId: 'B-2' });
});

test('one that nobody decides expires', async () => {
  policy = requireApproval({ within: '1m', onRunDeadline: 'deny' });
  const { turn, card } = await ask('pay back');
  await gate.advance('2m');
  await turn.reply();
  expect(await kinds(card.approvalId)).toEqual(['requested', 'expired']);
});

test.each([
  ['approve', ['parked', 'voted', 'settled', 'started', 'executed']],
  ['deny', ['parked', 'voted', 'settled']],
] as const)('one that is parked, and decided later (%s)', async (decision, expected) => {
  policy = requireApproval({ within: '30d' });
  const { turn, card } = await ask('pay back');
  await gate.advance('1d');
  expect((await turn.read()).status).toBe('parked');
  await card[decision]({ as: 'grace' });
  await (await turn.continuation()).reply();
  expect(await kinds(card.approvalId)).toEqual(['requested', ...expected]);
});

test('one whose turn is cancelled', async () => {
  const { turn, card } = await ask('pay back');
  await gate.client.cancelTurn(gate.tenant, turn.turnId);
  await gate.temporal.workflow
    .getHandle(turnWorkflowId(gate.tenant, turn.turnId))
    .result()
    .catch(() => undefined);
  expect(await kinds(card.approvalId)).toEqual(['requested', 'cancelled']);
});

test('two of one round, of which one is denied', async () => {
  const turn = await gate.say('both', { user: 'ada' });
  const [first, second] = [await turn.asked('refund_id'), await turn.asked('refund_at')];
  await first.deny({ as: 'grace' });
  await second.approve({ as: 'grace' });
  await turn.reply();
  expect(await kinds(first.approvalId)).toEqual(['requested', 'voted', 'settled']);
  expect(await kinds(second.approvalId)).toEqual(['requested', 'voted', 'settled', 'started', 'executed']);
});

test('an approval that holds no longer: nothing began, and the question is asked once more', async () => {
  policy = requireApproval({ within: '30d', onRunDeadline: 'deny', freshFor: 1 });
  const { turn, card } = await ask('pay back');
  await card.approve({ as: 'grace' });
  policy = ASKS;
  const again = await turn.asked();
  expect(again.approvalId).not.toBe(card.approvalId);
  policy = ASKS;
  expect(await kinds(card.approvalId)).toEqual(['requested', 'voted', 'settled', 'stale']);
});

test('the list of what waits has it while it waits', async () => {
  const { turn, card } = await ask('pay back');
  const { index } = gate.store!;
  expect(await index.one(gate.tenant, card.approvalId)).toMatchObject({
    ...{ status: 'pending', turnId: turn.turnId, deadline: card.approval.deadline, requestedBy: 'ada' },
  });
  await card.approve({ as: 'grace' });
  await turn.reply();
  expect(await index.one(gate.tenant, card.approvalId)).toMatchObject({ status: 'approved' });
});
