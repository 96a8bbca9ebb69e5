import { cancellationSignal } from '@temporalio/activity';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { z } from 'zod';

import { defineTool, forbid, requireApproval, type Precondition, type Verdict } from '../../src/index.ts';
import { startGate, type Gate } from '../../src/testing/gate.ts';
import { payBack } from '../support/pay-back.ts';

/** What has changed between the yes and the effect, each by itself. What the checks are is said in test/unit/contracts/sign-off.test.ts. */

const WEEKLY = requireApproval({ approvers: ['finance'], within: '30d', freshFor: '15m' });
let policy: Verdict = WEEKLY;
let precondition: () => Precondition | Promise<Precondition>;
const refund = defineTool({
  ...{ name: 'refund', description: 'Pays money back.', parameters: z.strictObject({ orderId: z.string() }) },
  policy: () => policy,
  // Shorter than what is asked before it: that is not the tool's time, and says nothing of the effect.
  timeout: '1s',
  precondition: () => precondition(),
  execute: ({ orderId }) => `Refunded ${orderId}.`,
});

let gate: Gate;
beforeAll(async () => {
  gate = await startGate({ ...payBack(refund), patience: '45s' });
});
afterAll(() => gate.close());
beforeEach(() => {
  policy = WEEKLY;
  precondition = () => ({ ok: true });
});

const grace = { as: 'grace', groups: ['finance'] };
const asked = async () => {
  const turn = await gate.say('pay back', { user: 'ada' });
  return { turn, card: await turn.asked('refund') };
};
const effectsOf = ({ turnId }: { turnId: string }) =>
  gate.effects('refund').filter(({ idempotencyKey }) => idempotencyKey.startsWith(turnId));

test('an approval that is too old is asked again, and says who approved it when', async () => {
  policy = requireApproval({ approvers: ['finance'], within: '30d', freshFor: 1 });
  const { turn, card } = await asked();
  await card.approve(grace);
  policy = WEEKLY;
  const again = await turn.asked('refund');
  expect(effectsOf(turn)).toEqual([]);
  expect(await card.read()).toMatchObject({ status: 'approved', outcome: 'stale' });
  expect(again.approval.askedBefore).toMatchObject({ approvalId: card.approvalId, approvedBy: ['grace'] });
  expect(again.approval.askedBefore?.why).toContain('too old');
});

test('a policy that asks for more by now asks by its new rule, parked or not, and one effect follows', async () => {
  const { turn, card } = await asked();
  const stricter = requireApproval({ approvers: ['legal'], within: '30d' });
  policy = stricter;
  await card.approve(grace);
  const again = await turn.asked('refund');
  expect(again.approvers).toEqual(['legal']);
  await gate.advance('1d');
  expect((await turn.read()).status).toBe('parked');
  policy = requireApproval({ approvers: ['board'], within: '30d' });
  await again.approve({ as: 'lea', groups: ['legal'] });
  const last = await turn.asked('refund');
  expect(last.approval).toMatchObject({ approvers: ['board'], askedBefore: { approvedBy: ['lea'] } });
  await gate.kill('worker');
  await last.approve({ as: 'bea', groups: ['board'] });
  expect(await (await turn.continuation()).reply()).toContain('Refunded A-1.');
  expect(effectsOf(turn)).toHaveLength(1);
});

test('a policy that forbids it by now ends it: nothing runs, and the model is told', async () => {
  const { turn, card } = await asked();
  policy = forbid('No refunds on Sundays.');
  await card.approve(grace);
  expect(await turn.reply()).toContain('Not executed: The policy forbids it now. No refunds on Sundays.');
  expect(await card.read()).toMatchObject({ status: 'approved', outcome: 'stale' });
  expect(effectsOf(turn)).toEqual([]);
});

test.each([
  ['says no', () => ({ ok: false as const, reason: 'A-1 has been refunded by hand.' }), 'by hand'],
  [
    'throws',
    () => {
      throw new Error('secret');
    },
    'The precondition of "refund" failed.',
  ],
  ['never answers', () => new Promise<Precondition>(() => undefined), 'had no answer after 10 s'],
])('a precondition that %s: nothing runs, and the model is told', async (_, answer, words) => {
  precondition = answer;
  const { turn, card } = await asked();
  await card.approve(grace);
  const reply = await turn.reply();
  expect(reply).toContain(words);
  expect(reply).not.toContain('secret');
  expect(effectsOf(turn)).toEqual([]);
});

test('a turn that is cancelled while it looks begins no effect', async () => {
  const { turn, card } = await asked();
  precondition = async () => {
    await gate.client.cancelTurn(gate.tenant, turn.turnId);
    const signal = cancellationSignal();
    await new Promise((resolve) => signal.addEventListener('abort', resolve));
    return { ok: true };
  };
  await card.approve(grace);
  expect((await turn.ended()).status).toBe('cancelled');
  expect(await card.read()).toMatchObject({ status: 'approved', outcome: 'stale' });
  expect(effectsOf(turn)).toEqual([]);
});
