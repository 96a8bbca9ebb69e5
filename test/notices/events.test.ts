import { writeFile } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';

import { Webhook } from 'standardwebhooks';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';

import { createReceiver } from '../../examples/guides/receive-events.ts';
import { turnWorkflowId } from '../../src/contracts/ids.ts';
import { createWebhookSecret } from '../../src/contracts/webhooks/signature.ts';
import type { EventEndpoint } from '../../src/notices/events/endpoints.ts';
import { startGate, type Gate } from '../../src/testing/gate.ts';
import { runHere } from '../support/cli-here.ts';
import { testFolder } from '../support/folder.ts';
import { startReceiver } from '../support/receiver.ts';
import { scenario } from '../testing/refunds.ts';

/** Programs elsewhere hear of approvals and actions by signed webhooks. The worker is a process of its own. */

type Receiver = Awaited<ReturnType<typeof startReceiver>>;

const NAMES = ['crm', 'audit', 'elsewhere', 'flaky', 'turns'] as const;
const folder = testFolder();
const endpointsFile = join(folder, 'endpoints.json');
const storeUrl = `sqlite:${join(folder, 'store.sqlite')}`;
const tenant = `test-${Date.now()}`;
const secret = createWebhookSecret();
const finance = { as: 'grace', groups: ['finance'] };
const CRM_KINDS: EventEndpoint['kinds'] = [
  ...(['approval.requested', 'approval.voted', 'approval.settled', 'action.executed'] as const),
];
const SOON = { timeout: 15_000 };

let to: Record<(typeof NAMES)[number], Receiver>;
/** What the program of the guide has heard. */
const told: unknown[] = [];
const program = createReceiver(secret, (event) => told.push(event));
let gate: Gate;
beforeAll(async () => {
  const receivers = await Promise.all(NAMES.map(async (name) => [name, await startReceiver()] as const));
  to = Object.fromEntries(receivers) as typeof to;
  await new Promise<void>((resolve) => program.listen(0, '127.0.0.1', resolve));
  const { port } = program.address() as AddressInfo;
  const endpoints: EventEndpoint[] = [
    { name: 'crm', url: to.crm.url, secret, tenants: [tenant], kinds: CRM_KINDS },
    { name: 'audit', url: to.audit.url, secret: createWebhookSecret(), kinds: ['action.executed'] },
    { name: 'elsewhere', url: to.elsewhere.url, secret, tenants: ['other'] },
    { name: 'flaky', url: to.flaky.url, secret, kinds: ['approval.requested'] },
    { name: 'guide', url: `http://127.0.0.1:${port}/`, secret, kinds: ['action.executed'] },
    { name: 'turns', url: to.turns.url, secret, kinds: ['turn.completed', 'turn.failed', 'turn.parked'] },
    // Nobody listens at port 9.
    { name: 'dead', url: 'http://127.0.0.1:9/', secret },
  ];
  await writeFile(endpointsFile, JSON.stringify(endpoints));
  gate = await startGate({
    ...{ app: new URL('../testing/refunds.ts', import.meta.url), scenario, store: storeUrl },
    ...{ tenant, patience: '30s' },
    events: { hosts: ['127.0.0.1'], endpoints },
  });
}, 120_000);
afterAll(async () => {
  await gate.close();
  program.close();
  await Promise.all(NAMES.map((name) => to[name].close()));
});
beforeEach(() => {
  for (const name of NAMES) to[name].received.length = 0;
});
afterEach(() => {
  expect(to.elsewhere.received).toEqual([]);
});

async function refunded(): Promise<string> {
  const turn = await gate.say('Refund A-1042', { user: 'ada' });
  const card = await turn.asked();
  await card.approve(finance);
  await turn.reply();
  return card.approvalId;
}

/** Runs `countersign events`, as an operator of this gate. */
async function command(...args: string[]) {
  const env = {
    ...{ COUNTERSIGN_EVENT_ENDPOINTS: endpointsFile, COUNTERSIGN_CALLBACK_HOSTS: '127.0.0.1' },
    ...{ COUNTERSIGN_DATABASE_URL: storeUrl, COUNTERSIGN_TASK_QUEUE: gate.taskQueue },
    TEMPORAL_ADDRESS: (gate.temporal.connection as { options?: { address?: string } }).options?.address ?? '',
  };
  return runHere(['events', ...args], { env });
}

/** What a receiver has got of an approval. */
function heard({ received }: Receiver, approvalId: string) {
  return received.filter(({ body }) => body.includes(approvalId));
}

/** What a receiver has taken, verified by the library of the specification's authors, by type. */
function verified({ received }: Receiver) {
  const events = received.map(({ headers, body }) => {
    const event = new Webhook(secret).verify(body, headers as Record<string, string>);
    return { id: headers['webhook-id'], ...(event as { type: string; data: Record<string, unknown> }) };
  });
  return events.toSorted((one, other) => one.type.localeCompare(other.type));
}

test('an approval is told to the programs of its tenant that want its kinds, signed, and once', async () => {
  const approvalId = await refunded();
  await expect.poll(() => heard(to.crm, approvalId), SOON).toHaveLength(4);
  await expect.poll(() => heard(to.audit, approvalId), SOON).toHaveLength(1);
  const events = verified(to.crm);
  const about = { tenant, approvalId, tool: 'refund_order' };
  expect(events).toMatchObject([
    { type: 'action.executed', data: about },
    { type: 'approval.requested', data: { ...about, requestedBy: 'ada', approvers: ['finance'] } },
    { type: 'approval.settled', data: { ...about, status: 'approved' } },
    { type: 'approval.voted', data: { ...about, decision: 'approve', person: 'grace' } },
  ]);
  expect(new Set(events.map(({ id }) => id)).size).toBe(4);
  expect(to.crm.received.map(({ body }) => body).join('')).not.toContain('A-1042');
  expect(() => verified(to.audit)).toThrow('No matching signature found');
  await expect.poll(() => told, SOON).toMatchObject([{ type: 'action.executed', data: about }]);
});

test('what is refused, or led elsewhere, comes again under the same webhook-id, and then never more', async () => {
  const { received, answers } = to.flaky;
  answers.push({ status: 503 }, { status: 302, headers: { location: to.elsewhere.url } });
  await refunded();
  await expect.poll(() => received.length, SOON).toBe(3);
  const [first, ...again] = verified(to.flaky);
  expect(again.map(({ id }) => id)).toEqual([first?.id, first?.id]);
  expect(new Set(received.map(({ body }) => body)).size).toBe(1);
  await refunded();
  await expect.poll(() => received.length, SOON).toBe(4);
  expect(verified(to.flaky).filter(({ id }) => id === first?.id)).toHaveLength(3);
});

test('an endpoint that hangs delays no decision, and a worker that is killed meanwhile tells it all once more', async () => {
  const { received, answers } = to.flaky;
  answers.push({ status: 0 });
  await refunded();
  await expect.poll(() => received.length, SOON).toBe(1);
  await gate.kill('worker', { restart: false });
  await gate.restart('worker');
  await expect.poll(() => received.length, SOON).toBe(2);
  const [first, again] = verified(to.flaky);
  expect(again).toEqual(first);
});

test('an endpoint that answers 410 gets no more until it is resumed', async () => {
  to.flaky.answers.push({ status: 410 });
  await refunded();
  await expect.poll(() => gate.store!.endpoints.ended(), SOON).toMatchObject([{ name: 'flaky' }]);
  const metrics = async () => (await fetch(`${gate.gateway.url}/metrics`)).text();
  expect(await metrics()).toContain('countersign_event_endpoints_ended{endpoint="flaky"} 1');
  const missed = await refunded();
  await expect.poll(() => heard(to.audit, missed), SOON).toHaveLength(1);
  expect(to.flaky.received).toHaveLength(1);
  const refused = to.flaky.received[0]?.headers['webhook-id'];
  const failed = (await command('list-failed', '--json')).stdout;
  expect(JSON.parse(failed)).toMatchObject({ id: refused, endpoint: 'flaky', type: 'approval.requested' });
  expect(await command('resume', 'flaky')).toMatchObject({ code: 0 });
  expect(await metrics()).not.toContain('endpoint="flaky"');
  expect(await command('resend', '--all', '--json')).toMatchObject({ stdout: '{"resent":1}\n' });
  await expect.poll(() => to.flaky.received.length, SOON).toBe(2);
  expect(to.flaky.received[1]?.headers['webhook-id']).toBe(refused);
  await expect.poll(async () => (await command('list-failed')).stdout, SOON).toBe('No event has failed.\n');
  const next = await refunded();
  await expect.poll(() => heard(to.flaky, next), SOON).toHaveLength(1);
  expect(heard(to.flaky, missed)).toEqual([]);
});

test('a test is sent to one endpoint or to all, and says who has not taken it', async () => {
  expect(await command('send-test', 'crm')).toMatchObject({
    code: 0,
    stdout: 'crm: delivered. It answered 200.\n',
  });
  const tests = verified(to.crm).filter(({ type }) => type === 'endpoint.test');
  expect(tests).toMatchObject([{ data: { endpoint: 'crm' } }]);
  const { code, stdout, stderr } = await command('send-test', '--all');
  expect(code).toBe(5);
  expect(stdout).toMatch(/dead: not delivered\. .*ECONNREFUSED/);
  expect(stderr).toContain('Not delivered to dead.');
  expect(await command('send-test', 'nobody')).toMatchObject({ code: 3 });
  to.elsewhere.received.length = 0; // it takes tests, and nothing else
});

test('a turn that has ended or parked is told once, and its history has no event for it', async () => {
  const { turnId, conversationId } = await gate.say('Hello');
  await expect.poll(() => heard(to.turns, turnId), SOON).toHaveLength(1);
  expect(verified(to.turns).find(({ data }) => data.turnId === turnId)).toMatchObject({
    ...{ type: 'turn.completed', data: { tenant, turnId, conversationId } },
  });
  const { events } = await gate.temporal.workflow.getHandle(turnWorkflowId(tenant, turnId)).fetchHistory();
  const kinds = events?.map((event) => Object.keys(event).find((key) => key.endsWith('Attributes')) ?? '');
  expect(kinds?.filter((kind) => !kind.startsWith('workflowTask'))).toEqual([
    'workflowExecutionStartedEventAttributes',
    ...['Scheduled', 'Started', 'Completed'].map((step) => `activityTask${step}EventAttributes`),
    'workflowExecutionCompletedEventAttributes',
  ]);

  const cancelled = await gate.say('Refund A-1042');
  await cancelled.asked();
  await gate.temporal.workflow.getHandle(turnWorkflowId(tenant, cancelled.turnId)).cancel();
  await expect.poll(() => heard(to.turns, cancelled.turnId), SOON).toHaveLength(1);
  expect(heard(to.turns, cancelled.turnId)[0]?.body).toContain('"status":"cancelled"');

  const parked = await gate.say('Refund A-1042');
  const card = await parked.asked();
  await gate.temporal.workflow.getHandle(turnWorkflowId(tenant, parked.turnId)).signal('park');
  await expect.poll(() => heard(to.turns, parked.turnId), SOON).toHaveLength(1);
  await card.approve(finance);
  const own = () =>
    heard(to.turns, `"turnId":"${parked.turnId}"`).map(
      ({ body }) => (JSON.parse(body) as { type: string }).type,
    );
  await expect.poll(own, SOON).toEqual(['turn.parked', 'turn.completed']);
});
