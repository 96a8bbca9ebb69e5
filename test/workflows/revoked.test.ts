import { afterAll, beforeAll, expect, test } from 'vitest';
import { z } from 'zod';

import type { Decision } from '../../src/contracts/approval/decision.ts';
import { handoverWorkflowId, turnWorkflowId } from '../../src/contracts/ids.ts';
import { defineTool, requireApproval } from '../../src/index.ts';
import { startGate, type Card, type Gate } from '../../src/testing/gate.ts';
import { until } from '../../src/testing/wait.ts';
import { decide } from '../../src/workflows/messages.ts';
import { startHandover, type PlayedHandover } from '../support/handover.ts';
import { payBack } from '../support/pay-back.ts';

/** Somebody whose right was taken away decides nothing, by whichever door they come. */

const refund = defineTool({
  ...{ name: 'refund', description: 'Pays money back.', parameters: z.strictObject({ orderId: z.string() }) },
  policy: async () => {
    await meanwhile();
    return requireApproval({
      ...{ approvers: ['finance'], notRequester: true, within: '30d' },
      ...{ onRunDeadline: 'deny', askAlso: 'handover' },
    });
  },
  execute: ({ orderId }) => `Refunded ${orderId}.`,
});

/** What happens while the policy thinks. */
let meanwhile: () => Promise<void> | void = () => undefined;

let handover: PlayedHandover;
let gate: Gate;
beforeAll(async () => {
  handover = await startHandover();
  const there = { url: handover.url, apiKey: handover.state.apiKey, groups: ['finance'] };
  gate = await startGate({
    ...{ ...payBack(refund), store: true, patience: '45s' },
    worker: { handover: { ...there, pausesMs: { first: 200, longest: 400 } } },
  });
  const { people, revocations } = gate.store!;
  await people.put(gate.tenant, [{ id: 'eve', mail: 'eve@example.com', groups: ['finance'] }]);
  await revocations.revoke(gate.tenant, 'eve');
});
afterAll(async () => {
  await gate.close();
  await handover.close();
});

const holder = (turnId: string) => gate.temporal.workflow.getHandle(turnWorkflowId(gate.tenant, turnId));
const asked = async () => {
  const turn = await gate.say('pay back', { user: 'ada' });
  return { turn, card: await turn.asked() };
};
const signal = (turnId: string, { approvalId }: Card, by: string) =>
  holder(turnId).signal(decide, {
    ...{ approvalId, decisionId: `by-${by}`, decision: 'approve', approver: { id: by, groups: ['finance'] } },
    ...{ decidedAt: new Date(gate.now()).toISOString(), source: 'signal' },
  } satisfies Decision);
/** A look at her right stands in the history. */
const judged = (turnId: string) =>
  until('the decision is judged', async () => {
    const { events } = await holder(turnId).fetchHistory();
    const answers = (events ?? []).flatMap(({ markerRecordedEventAttributes: marker }) =>
      Object.values(marker?.details ?? {}).flatMap(({ payloads }) => payloads ?? []),
    );
    return answers.some(({ data }) => String(Buffer.from(data ?? [])).includes('"revoked"'));
  });

const DOORS: Record<string, (turnId: string, card: Card) => Promise<unknown>> = {
  async 'the command line'(_, { approvalId }) {
    const decision = { approvalId, decision: 'approve', source: 'cli' } as const;
    const receipt = await gate.client.decide(gate.tenant, {
      ...{ ...decision, approver: { id: 'eve', groups: ['finance'] } },
    });
    expect(receipt).toMatchObject({ outcome: 'refused', reason: 'revoked', status: 'pending' });
  },
  async 'a signal'(turnId, card) {
    await signal(turnId, card, 'eve');
  },
  async 'a signal under her mail address'(turnId, card) {
    await signal(turnId, card, 'eve@example.com');
  },
  async 'a decision that was kept while no worker was up'(_, card) {
    await gate.kill('worker', { restart: false });
    expect(await card.approve({ as: 'eve', groups: ['finance'] })).toMatchObject({ outcome: 'accepted' });
    await gate.restart('worker');
  },
  async 'the Handover'(_, { approvalId }) {
    const { id } = await handover.decisionAbout(approvalId);
    handover.resolve(id, 'approved', null, 'eve@example.com');
    const question = gate.temporal.workflow.getHandle(handoverWorkflowId(gate.tenant, approvalId));
    expect(await question.result()).toEqual({ outcome: 'answered' });
  },
};

test.each(Object.keys(DOORS))('by %s a revoked person gives no vote, and others decide', async (door) => {
  const { turn, card } = await asked();
  await DOORS[door]!(turn.turnId, card);
  await judged(turn.turnId);
  expect(await card.read()).toMatchObject({ status: 'pending' });
  await card.approve({ as: 'grace', groups: ['finance'] });
  expect(await turn.reply()).toBe('Refunded A-1.');
  expect(gate.effects().at(-1)).toMatchObject({ idempotencyKey: card.approvalId, approver: { id: 'grace' } });
});

test('under notRequester nobody signs off what they asked for under their mail address', async () => {
  await gate.store!.people.put(gate.tenant, [{ id: 'ada', mail: 'ada@example.com', groups: ['finance'] }]);
  const turn = await gate.say('pay back', { user: 'Ada@Example.com' });
  const card = await turn.asked();
  const byAda = card.approve({ as: 'ada', groups: ['finance'] });
  await expect(byAda).rejects.toMatchObject({ receipt: { reason: 'requester', status: 'pending' } });
  await card.approve({ as: 'grace', groups: ['finance'] });
  await turn.reply();
  expect(gate.effects().at(-1)).toMatchObject({ idempotencyKey: card.approvalId, approver: { id: 'grace' } });
});

test('a right that is taken away in the middle of the last look before the effect carries nothing out', async () => {
  const { turn, card } = await asked();
  meanwhile = async () => {
    meanwhile = () => undefined;
    await gate.store!.revocations.revoke(gate.tenant, 'linus');
  };
  await card.approve({ as: 'linus', groups: ['finance'] });
  expect(await (await turn.asked()).read()).toMatchObject({ status: 'pending' });
  expect(gate.effects().filter(({ idempotencyKey }) => idempotencyKey === card.approvalId)).toEqual([]);
  expect((await turn.read()).approvals[0]).toMatchObject({ status: 'approved', outcome: 'stale' });
});
