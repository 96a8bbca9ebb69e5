import { randomUUID } from 'node:crypto';

import { readKeys, readSigningKey } from '@countersign/receipts';
import type { WorkerInterceptors } from '@temporalio/worker';
import { exportJWK, generateKeyPair } from 'jose';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { z } from 'zod';

import { attested } from '../../src/contracts/approval/attest.ts';
import type { Decision } from '../../src/contracts/approval/decision.ts';
import { turnWorkflowId } from '../../src/contracts/ids.ts';
import { defineTool, requireApproval } from '../../src/index.ts';
import { startGate, type Card, type Gate } from '../../src/testing/gate.ts';
import { decide, decideNow, turnState } from '../../src/workflows/messages.ts';
import { freshDatabase, type FreshDatabase } from '../store/databases.ts';
import { payBack } from '../support/pay-back.ts';

/** Attempts that only a worker has seen: they came past the gateways, or while every worker was down. */

const refund = defineTool({
  ...{ name: 'refund', description: 'Pays money back.', effect: 'idempotent' },
  parameters: z.strictObject({ orderId: z.string() }),
  policy: () => requireApproval({ approvers: ['finance'], within: '30d', onRunDeadline: 'deny' }),
  async execute({ orderId }) {
    await executing?.();
    return `Refunded ${orderId}.`;
  },
});
/** What happens while the tool runs, and while the turn writes. */
let executing: (() => Promise<void>) | undefined;
let writing: (() => Promise<void>) | undefined;
const halts: WorkerInterceptors = {
  activity: [
    ({ info }) => ({
      inbound: {
        async execute(input, next) {
          if (info.activityType === 'writeRecord') await writing?.();
          return next(input);
        },
      },
    }),
  ],
};
const makeKey = async () => {
  const { privateKey } = await generateKeyPair('EdDSA', { crv: 'Ed25519', extractable: true });
  return readSigningKey(await exportJWK(privateKey));
};
const [key, retired] = await Promise.all([makeKey(), makeKey()]);
const trustedKeys = await readKeys({ keys: [key.publicJwk] });

let gate: Gate;
let database: FreshDatabase;
beforeAll(async () => {
  database = await freshDatabase('sqlite');
  const worker = { trustedKeys, interceptors: halts };
  gate = await startGate({
    ...payBack(refund),
    store: database.url,
    signingKey: key,
    worker,
    patience: '45s',
  });
});
afterAll(async () => {
  await gate.close();
  await database.remove();
});

const grace = { as: 'grace', groups: ['finance'] };
const ask = async () => {
  const turn = await gate.say('pay back', { user: 'ada' });
  const holder = gate.temporal.workflow.getHandle(turnWorkflowId(gate.tenant, turn.turnId));
  return { turn, holder, card: await turn.asked() };
};
const by = (id: string, { approvalId, argumentsDigest }: Card, over: Partial<Decision> = {}): Decision => ({
  ...{ approvalId, argumentsDigest, decisionId: randomUUID(), decision: 'approve' },
  approver: { id, groups: ['finance'] },
  ...{ decidedAt: new Date(gate.now()).toISOString(), source: 'signal', authenticated: { by: 'key' } },
  ...over,
});
const refused = async ({ approvalId }: Card) => {
  const entries = await gate.store!.record.ofApproval(gate.tenant, approvalId);
  return entries.flatMap(({ kind, person, reason }) => (kind === 'refused' ? [[person?.id, reason]] : []));
};
const EFFECT = ['requested', 'voted', 'settled', 'started', 'executed'];
const others = async ({ approvalId }: Card) =>
  (await gate.store!.record.ofApproval(gate.tenant, approvalId))
    .map(({ kind }) => kind)
    .filter((kind) => kind !== 'refused');

test('who goes past the gateways, by signal or by update, stands in the record with the effect that came after', async () => {
  const { turn, holder, card } = await ask();
  await holder.signal(decide, by('signaller', card));
  await holder.executeUpdate(decideNow, { args: [by('updater', card)] });
  const forged = await attested(retired, gate.tenant, by('forger', card));
  await holder.executeUpdate(decideNow, { args: [forged] });
  const stolen = await attested(key, gate.tenant, by('grace', card));
  await holder.executeUpdate(decideNow, {
    args: [{ ...stolen, approver: { id: 'thief', groups: ['finance'] } }],
  });
  // What no entry can hold must not keep the others from being written.
  const odd = { authenticated: { by: 'root', at: 7 }, argumentsDigest: 'x'.repeat(5_000) } as never;
  await holder.signal(decide, by('odd', card, odd));
  await holder.signal(decide, by('x'.repeat(5_000), card));
  await card.approve(grace);
  expect(await turn.reply()).toBe('Refunded A-1.');
  expect(await refused(card)).toEqual(
    ['signaller', 'updater', 'forger', 'thief', 'odd'].map((name) => [name, 'unattested']),
  );
  expect(await others(card)).toEqual(EFFECT);
});

test('one person leaves at most 20 entries a minute, and the turn stays within what Temporal takes', async () => {
  const { turn, holder, card } = await ask();
  for (let attempt = 0; attempt < 25; attempt += 1) await holder.signal(decide, by('eve', card));
  for (let attempt = 0; attempt < 25; attempt += 1) await holder.signal(decide, by(`eve-${attempt}`, card));
  // Without room for another entry an update leaves no trace in the history, either.
  const refusedUpdate = () =>
    expect(holder.executeUpdate(decideNow, { args: [by('eve', card)] })).rejects.toThrow();
  await refusedUpdate(); // the signals have been judged
  const { historyLength: before } = await holder.describe();
  await refusedUpdate();
  expect((await holder.describe()).historyLength - before).toBeLessThan(4);
  await card.approve(grace);
  await turn.reply();
  const found = await refused(card);
  expect(found.filter(([name]) => name === 'eve')).toHaveLength(20);
  expect(found).toHaveLength(40);
  expect(await others(card)).toEqual(EFFECT);
});

test('one that a gateway left as a signal and the worker refuses later, once though both may tell', async () => {
  const { turn, card } = await ask();
  await gate.kill('worker', { restart: false });
  const wrong = { argumentsDigest: `sha256:${'0'.repeat(64)}`, decisionId: 'd1' };
  expect(await gate.client.decide(gate.tenant, by('grace', card, wrong))).toMatchObject({
    outcome: 'accepted',
  });
  await gate.restart('worker');
  await card.approve(grace);
  await turn.reply();
  expect(await refused(card)).toEqual([['grace', 'digest_mismatch']]);
  expect(await others(card)).toEqual(EFFECT);
});

test('one that came when another had settled it already', async () => {
  const { turn, holder, card } = await ask();
  await holder.signal(decide, await attested(key, gate.tenant, by('grace', card)));
  await holder.signal(decide, await attested(key, gate.tenant, by('late', card, { decision: 'deny' })));
  await turn.reply();
  expect(await refused(card)).toEqual([['late', 'conflict']]);
});

test('those that came when the effect was under way, and when the turn wrote of that', async () => {
  const { turn, holder, card } = await ask();
  const deny = async (id: string) => {
    await holder.signal(decide, await attested(key, gate.tenant, by(id, card, { decision: 'deny' })));
    await holder.query(turnState); // once the workflow has the signal
  };
  executing = async () => {
    executing = undefined;
    await deny('early');
  };
  writing = async () => {
    writing = undefined;
    await deny('late');
  };
  await card.approve(grace);
  await turn.reply();
  await holder.result();
  expect(await refused(card)).toEqual([
    ['early', 'conflict'],
    ['late', 'conflict'],
  ]);
});
