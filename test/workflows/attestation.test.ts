import { randomUUID } from 'node:crypto';

import { readKeys, readSigningKey, type SigningKey } from '@countersign/receipts';
import { WorkflowNotFoundError } from '@temporalio/client';
import { exportJWK, generateKeyPair } from 'jose';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { z } from 'zod';

import { receiptOfUnchanged } from '../../src/client/decide-now.ts';
import type { Decision, Receipt } from '../../src/contracts/approval/decision.ts';
import { attested } from '../../src/contracts/approval/attest.ts';
import { requestWorkflowId, turnWorkflowId } from '../../src/contracts/ids.ts';
import {
  defineApp,
  defineAssistant,
  defineTool,
  requireApproval,
  type ApprovalRule,
} from '../../src/index.ts';
import { startGate, type Card, type Gate } from '../../src/testing/gate.ts';
import { decide, decideNow } from '../../src/workflows/messages.ts';
import { startHandover, type PlayedHandover } from '../support/handover.ts';

/** With trusted keys a decision counts only as a gateway has signed it; write access to the namespace alone approves nothing. */

const makeKey = async (tenant?: string): Promise<SigningKey> => {
  const { privateKey } = await generateKeyPair('EdDSA', { crv: 'Ed25519', extractable: true });
  return readSigningKey({ ...(await exportJWK(privateKey)), ...(tenant && { tenant }) });
};

const args = { orderId: 'A-1', amountCents: 4_200 };
const about = {
  description: 'Pays money back.',
  parameters: z.strictObject({ orderId: z.string(), amountCents: z.coerce.number() }),
};
const rule: ApprovalRule = { approvers: ['finance'], onRunDeadline: 'park' };
const refund = defineTool({
  ...{ name: 'refund', ...about, policy: requireApproval({ ...rule, within: '1h' }) },
  effect: 'idempotent',
  execute: ({ amountCents }) => `Refunded ${amountCents}.`,
});
const fresh = defineTool({
  ...{ name: 'fresh', ...about, policy: requireApproval({ ...rule, within: '30d', freshFor: '15m' }) },
  execute: () => 'Refunded.',
});
const elsewhere = defineTool({
  ...{ name: 'elsewhere', ...about },
  policy: requireApproval({ ...rule, within: '1h', askAlso: 'handover' }),
  execute: () => 'Refunded elsewhere.',
});
const tools = [refund, fresh, elsewhere];
const app = defineApp({
  assistants: [defineAssistant({ name: 'desk', model: 'gpt-test', instructions: 'Help.', tools })],
});
const scenario = {
  rules: [
    { when: ['news about'], reply: '{{message}}' },
    { when: ['do not call them again'], reply: '{{message}}' },
    ...tools.map(({ name: tool }) => ({
      when: [tool],
      rounds: [{ calls: [{ tool, arguments: args }] }],
      reply: { perOutput: [{ say: '{{output}}' }] },
    })),
  ],
  otherwise: { reply: 'Hello.' },
};

let key: SigningKey;
let retired: SigningKey;
let foreign: SigningKey;
let handover: PlayedHandover;
let gate: Gate;
beforeAll(async () => {
  handover = await startHandover();
  [key, retired, foreign] = await Promise.all([makeKey(), makeKey(), makeKey('globex')]);
  const trustedKeys = await readKeys({ keys: [key.publicJwk, foreign.publicJwk] });
  const there = { url: handover.url, apiKey: handover.state.apiKey, groups: ['finance'] };
  const worker = {
    ...{ trustedKeys, signingKey: key },
    handover: { ...there, pausesMs: { first: 200, longest: 400 } },
  };
  gate = await startGate({
    ...{ app, scenario, patience: '45s', signingKey: key, worker },
    // Its runs have no deadline of their own, so nothing but the clock comes between a vote and its effect.
    protocol: 'responses',
  });
});
afterAll(async () => {
  await gate.close();
  await handover.close();
});

const grace = { as: 'grace', groups: ['finance'] };
const asked = async (tool = 'refund') => {
  const turn = await gate.say(tool, { user: 'ada' });
  return { turn, card: await turn.asked(tool) };
};
const effectsOf = ({ turnId }: { turnId: string }) =>
  gate.effects().filter(({ idempotencyKey }) => idempotencyKey.startsWith(turnId));

function decisionAbout({ approvalId, argumentsDigest }: Card, over: Partial<Decision> = {}): Decision {
  return {
    ...{ approvalId, argumentsDigest, decisionId: randomUUID(), decision: 'approve' },
    approver: { id: 'grace', groups: ['finance'] },
    ...{
      decidedAt: new Date(gate.now()).toISOString(),
      source: 'api',
      authenticated: { by: 'key', name: 'grace' },
    },
    ...over,
  };
}

const holder = (turnId: string) => gate.temporal.workflow.getHandle(turnWorkflowId(gate.tenant, turnId));

/** What anybody with access to the namespace can do. */
async function forge(turnId: string, decision: Decision): Promise<Receipt | null> {
  try {
    await holder(turnId).signal(decide, decision);
    return await holder(turnId).executeUpdate(decideNow, { args: [decision] });
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return null; // it is over
    return receiptOfUnchanged(error);
  }
}

test('a decision that the gateway signed is carried out once, edited or not', async () => {
  const plain = await asked();
  await plain.card.approve(grace);
  expect(await plain.turn.reply()).toContain('Refunded 4200.');
  const { events } = await holder(plain.turn.turnId).fetchHistory();
  expect(events!.length).toBeLessThanOrEqual(34);
  const edited = await asked();
  await edited.card.edit({ orderId: 'A-1', amountCents: '100' }, grace);
  expect(await edited.turn.reply()).toContain('Refunded 100.');
  expect((await edited.card.read()).decision?.attestation).toMatch(/^ey/);
});

test('no forged, changed, replayed, foreign, retired or unsigned decision settles anything', async () => {
  const { turn, card } = await asked();
  const other = await asked();
  const good = await attested(key, gate.tenant, decisionAbout(card));
  const signedBy = (by: SigningKey, over: Partial<Decision> = {}) =>
    attested(by, gate.tenant, decisionAbout(card, over));
  const denial = await signedBy(key, { decision: 'deny' });
  const forged: [string, Decision][] = [
    ['unsigned', decisionAbout(card)],
    ['an unsigned denial', decisionAbout(card, { decision: 'deny' })],
    ['signed by a retired key', await signedBy(retired)],
    ["signed by another tenant's key", await signedBy(foreign)],
    ['signed for another tenant', await attested(key, 'globex', decisionAbout(card))],
    [
      'of another approval',
      { ...(await attested(key, gate.tenant, decisionAbout(other.card))), approvalId: card.approvalId },
    ],
    ['with another person', { ...good, approver: { id: 'eve', groups: ['finance'] } }],
    ['with another group', { ...good, approver: { id: 'grace', groups: ['finance', 'security'] } }],
    ['with another kind', { ...denial, decision: 'approve' }],
    ['with another time', { ...good, decidedAt: new Date(Date.parse(good.decidedAt) - 1).toISOString() }],
    ['of a time to come', await signedBy(key, { decidedAt: new Date(gate.now() + 3_600_000).toISOString() })],
    ['with another id', { ...good, decisionId: randomUUID() }],
    ['with a note', { ...good, note: 'Fine.' }],
    ['made an edit', { ...good, decision: 'edit', arguments: { ...args, amountCents: 9_900 } }],
    ['with other authentication', { ...good, authenticated: { by: 'oidc' } }],
    ['with a broken glass', { ...good, breakGlass: true }],
    ['with a byte of the signature changed', { ...good, attestation: flipped(good.attestation ?? '') }],
    ['without the digest of what was seen', without(good, 'argumentsDigest')],
    ['with another digest', { ...good, argumentsDigest: `sha256:${'0'.repeat(64)}` }],
  ];
  for (const [name, decision] of forged) {
    const receipt = await forge(turn.turnId, decision);
    expect(receipt, name).toMatchObject({ outcome: 'refused', status: 'pending' });
  }
  expect(await card.read()).toMatchObject({ status: 'pending' });
  expect(effectsOf(turn)).toEqual([]);
  await card.approve(grace);
  expect(await turn.reply()).toContain('Refunded 4200.');
  // What was signed for another approval in time is worth nothing once that one is over.
  const late = await attested(key, gate.tenant, decisionAbout(other.card));
  await gate.advance('1h');
  expect((await other.turn.ended()).approvals).toMatchObject([{ status: 'expired' }]);
  await forge(other.turn.turnId, late);
  expect(await other.card.read()).toMatchObject({ status: 'expired' });
  expect(effectsOf(other.turn)).toEqual([]);
});

test('a request that a signing gateway asked takes a signed answer, and no forged one', async () => {
  const asks = { tenant: gate.tenant, requestedBy: 'shop', action: 'Close it', urgency: 'low' as const };
  const { id } = await gate.client.askForDecision({ ...asks, withinMs: 3_600_000 });
  const asked = (await gate.client.getApproval(gate.tenant, id))!;
  const forged: Decision = {
    ...{ approvalId: id, argumentsDigest: asked.argumentsDigest, decisionId: 'd1', decision: 'approve' },
    ...{ approver: { id: 'eve' }, decidedAt: new Date(gate.now()).toISOString(), source: 'api' },
  };
  const request = gate.temporal.workflow.getHandle(requestWorkflowId(gate.tenant, id));
  for (const decision of [
    forged,
    await attested(retired, gate.tenant, { ...forged, authenticated: { by: 'key' } }),
  ])
    await request.signal(decide, decision);
  expect(await gate.client.decide(gate.tenant, { ...forged, approver: { id: 'ada' } })).toMatchObject({
    outcome: 'applied',
  });
  expect(await gate.client.getRequest(gate.tenant, id)).toMatchObject({
    status: 'approved',
    resolved_by: 'ada',
  });
});

test('what a person answers at the Handover is signed by the worker that reads it, and counts', async () => {
  const { turn, card } = await asked('elsewhere');
  handover.resolve((await handover.decisionAbout(card.approvalId)).id, 'approved', 'Fine by me.');
  expect(await turn.reply()).toContain('Refunded elsewhere.');
  const { status, outcome, decision } = await card.read();
  expect({ status, outcome }).toEqual({ status: 'approved', outcome: 'executed' });
  expect(decision).toMatchObject({
    ...{ approver: { id: 'handover:bob@example.com', groups: ['finance'] }, note: 'Fine by me.' },
    ...{ authenticated: { by: 'handover' }, attestation: expect.stringMatching(/^ey/) as string },
  });
});

test('a decision given in time while every worker was down counts after the deadline', async () => {
  const { turn, card } = await asked();
  await gate.kill('worker', { restart: false });
  expect(await card.approve(grace)).toMatchObject({ outcome: 'accepted' });
  await gate.advance('2h');
  await gate.restart('worker');
  await turn.ended();
  expect(await card.read()).toMatchObject({ status: 'approved', outcome: 'executed' });
  expect(effectsOf(turn)).toHaveLength(1);
});

test('an approval that is a week old is asked again, with who approved it when', async () => {
  const { turn, card } = await asked('fresh');
  await gate.kill('worker', { restart: false });
  await card.approve(grace);
  await gate.advance('7d');
  await gate.restart('worker');
  await expect.poll(() => card.read()).toMatchObject({ status: 'approved', outcome: 'stale' });
  const again = await turn.asked('fresh');
  expect(effectsOf(turn)).toEqual([]);
  expect(again.approval.askedBefore).toMatchObject({ approvalId: card.approvalId, approvedBy: ['grace'] });
  await again.approve(grace);
  await turn.ended();
  expect(effectsOf(turn)).toHaveLength(1);
});

function flipped(jws: string): string {
  const at = jws.length - 20;
  return jws.slice(0, at) + (jws[at] === 'A' ? 'B' : 'A') + jws.slice(at + 1);
}

function without(decision: Decision, field: 'argumentsDigest'): Decision {
  const { [field]: _gone, ...rest } = decision;
  return rest;
}
