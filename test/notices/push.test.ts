import { generateVAPIDKeys } from 'web-push';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { z } from 'zod';

import { noticeWorkflowId } from '../../src/contracts/ids.ts';
import { defineTool, requireApproval } from '../../src/index.ts';
import { createPushChannel, type PushOptions } from '../../src/notices/push/push.ts';
import { startGate, type Gate } from '../../src/testing/gate.ts';
import { createWorker } from '../../src/worker.ts';
import { payBack } from '../support/pay-back.ts';
import { startPushService } from '../support/push/service.ts';

/** People are notified on their devices, by a push service that web-push-testing plays. */

const policy = requireApproval({
  ...{ approvers: ['finance'], within: '2h', notify: ['push'] },
  ladder: [{ after: '30m', remind: true }],
});
const refund = defineTool({
  ...{ name: 'refund', description: 'Pays money back.', parameters: z.strictObject({ orderId: z.string() }) },
  policy,
  execute: ({ orderId }) => `Refunded ${orderId}.`,
});
const keys = generateVAPIDKeys();

let service: Awaited<ReturnType<typeof startPushService>>;
let gate: Gate;
beforeAll(async () => {
  service = await startPushService();
  const publicUrl = 'https://countersign.example.com';
  // The gate's store is there once it has started.
  const devices: PushOptions['devices'] = {
    list: (...asked) => gate.store!.devices.list(...asked),
    remove: (...asked) => gate.store!.devices.remove(...asked),
  };
  const channels = [
    createPushChannel({
      ...{ ...keys, subject: 'mailto:ops@acme.example', hosts: [service.host], devices, limitMs: 500 },
      clock: () => gate.now(),
    }),
  ];
  gate = await startGate({
    ...payBack(refund),
    ...{ store: true, patience: '45s', worker: { notices: { channels, publicUrl } } },
  });
  await gate.store!.people.put(gate.tenant, [{ id: 'grace', groups: ['finance'] }]);
});
afterAll(async () => {
  await gate.close();
  await service.close();
});
beforeEach(async () => {
  service.pushed.length = 0;
  service.answers.clear();
  const { devices } = gate.store!;
  for (const { id } of await devices.list(gate.tenant, 'grace'))
    await devices.remove(gate.tenant, 'grace', id);
});

async function switchOn(name: string, more: { endpoint?: string } = {}): Promise<string> {
  const { device, endpoint, keys: own } = await service.subscribe(keys.publicKey);
  await gate.store!.devices.put(gate.tenant, {
    ...{ personId: 'grace', name, endpoint, keys: own },
    ...more,
  });
  return device;
}
async function ask() {
  const turn = await gate.say('pay back', { user: 'ada' });
  return { turn, card: await turn.asked() };
}
const told = async (approvalId: string) =>
  (await gate.store!.notices.ofApproval(gate.tenant, approvalId)).map(
    ({ personId, state, error }) => `${personId} ${state}${error === null ? '' : `: ${error}`}`,
  );
const names = async () => (await gate.store!.devices.list(gate.tenant, 'grace')).map(({ name }) => name);
const ended = (approvalId: string) =>
  gate.temporal.workflow.getHandle(noticeWorkflowId(gate.tenant, approvalId)).result() as Promise<unknown>;

test('every device of a person is notified, reminded and told the end, each time in place of what it showed', async () => {
  const own = [await switchOn('telephone'), await switchOn('desk')];
  const { card } = await ask();
  await expect.poll(() => service.pushed.map(({ device }) => device).toSorted()).toEqual(own.toSorted());
  const [first] = service.pushed;
  expect(first?.payload).toMatchObject({ title: 'refund', path: `/inbox/approvals/${card.approvalId}` });
  expect(first?.payload.body).toMatch(/^A decision is needed\.\nOn behalf of: ada\nDecide by: /);
  expect(JSON.stringify(first?.payload)).not.toContain('orderId');
  expect(first).toMatchObject({ urgency: 'high', topic: first?.payload.tag });
  expect(first?.ttl).toBeGreaterThan(7_000);
  expect(first?.ttl).toBeLessThanOrEqual(7_200);
  await gate.advance('31m');
  await expect.poll(() => service.pushed.length).toBe(4);
  expect(service.pushed[2]?.payload.body).toMatch(/^A decision is still needed\./);
  await expect.poll(() => told(card.approvalId)).toEqual(['grace sent', 'grace sent']);
  await card.approve({ as: 'grace', groups: ['finance'] });
  await ended(card.approvalId);
  const last = service.pushed.at(-1);
  expect(last?.payload).toMatchObject({
    body: 'Approved by grace.',
    isSilent: true,
    tag: first?.payload.tag,
  });
  expect(new Set(service.pushed.map(({ topic }) => topic)).size).toBe(1);
  expect(service.refused).toEqual([]);
});

test.each([404, 410])('a device that answers %i is forgotten, and the other is notified', async (status) => {
  const gone = await switchOn('gone');
  await switchOn('here');
  service.answers.set(gone, { status });
  const { card } = await ask();
  await expect.poll(() => told(card.approvalId)).toEqual(['grace sent']);
  expect(await names()).toEqual(['here']);
  await card.approve({ as: 'grace', groups: ['finance'] });
});

test('a device that does not take a message is tried again by itself, and hears of the end', async () => {
  const [telephone, desk] = [await switchOn('telephone'), await switchOn('desk')];
  service.answers.set(desk, { status: 503 });
  const { card } = await ask();
  await expect
    .poll(() => told(card.approvalId))
    .toEqual(['grace sent', 'grace planned: The push service of "desk" answered 503.']);
  service.answers.clear();
  await gate.advance('6s');
  await expect.poll(() => told(card.approvalId)).toEqual(['grace sent', 'grace sent']);
  expect(service.pushed.map(({ device }) => device)).toEqual([telephone, desk]);
  service.answers.set(telephone, { status: 410 });
  await card.approve({ as: 'grace', groups: ['finance'] });
  await ended(card.approvalId);
  expect(service.pushed.slice(2)).toMatchObject([{ device: desk, payload: { body: 'Approved by grace.' } }]);
  expect(await names()).toEqual(['desk']);
});

test.each([
  ['wants patience', { status: 429, headers: { 'retry-after': '3600' } }, /planned: .* answered 429\./],
  ['is in trouble', { status: 503 }, /planned: .* answered 503\./],
  ['is slow', { status: 0 }, /sending: .* does not answer/],
  ['knows other keys', { status: 403 }, /failed: .* answered 403\. The device was switched on with other/],
  ['sends elsewhere', { status: 302, headers: { location: 'http://10.0.0.1/' } }, /planned: .* answered 302/],
])(
  'a push service that %s delays no decision, and the card says what did not arrive',
  async (_, answer, expected) => {
    service.answers.set(await switchOn('telephone'), answer);
    const { card } = await ask();
    await expect.poll(() => told(card.approvalId)).toEqual([expect.stringMatching(expected)]);
    await card.approve({ as: 'grace', groups: ['finance'] });
  },
);

test('a device that leads inside is not called, whatever the store says', async () => {
  const endpoint = `http://localhost:${service.host.split(':')[1] ?? ''}/notify/x`;
  await switchOn('inside', { endpoint });
  const { card } = await ask();
  await expect.poll(() => told(card.approvalId)).toEqual([expect.stringContaining('may not be called')]);
  expect(service.pushed).toEqual([]);
  await card.approve({ as: 'grace', groups: ['finance'] });
});

test('a worker whose policies name a channel that it has not does not start', async () => {
  const app = payBack(refund).app;
  await expect(
    createWorker({
      ...{ app, provider: { protocol: 'responses', apiKey: 'none' } },
      temporal: { connection: { address: '127.0.0.1:1' }, namespace: 'default', taskQueue: 'none' },
    }),
  ).rejects.toThrow(
    /tool "refund" names the channel "push".*No channel is configured\. Set COUNTERSIGN_VAPID/,
  );
});

test.each([
  ['revoked', () => gate.store!.revocations.revoke(gate.tenant, 'grace')],
  ['signed out everywhere', () => gate.store!.sessions.endAllOf(gate.tenant, 'grace')],
])('whoever is %s is notified on no device', async (_, act) => {
  await switchOn('telephone');
  await act();
  await gate.store!.revocations.restore(gate.tenant, 'grace');
  expect(await names()).toEqual([]);
});
