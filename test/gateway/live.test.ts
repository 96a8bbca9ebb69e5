import { join } from 'node:path';

import { afterAll, beforeAll, expect, test, vi } from 'vitest';

import { createApiKey, type ApiKey } from '../../src/gateway/app.ts';
import { openStore, type Store } from '../../src/store/store.ts';
import { entryOf } from '../store/entries.ts';
import { testFolder } from '../support/folder.ts';
import { APPROVAL_ID, createTestGateway, sampleApproval, TENANT, TURN_ID } from './support.ts';

/** Streams of server-sent events as services follow them. */

let store: Store;
beforeAll(async () => {
  store = await openStore({ url: `sqlite:${join(testFolder(), 'store.sqlite')}` });
});
afterAll(() => store.close());

type Tested = Pick<ReturnType<typeof createTestGateway>, 'ask'>;

/** Follows a stream. @returns what reads on until it has heard a text, or the stream has ended. */
async function follow({ ask }: Tested, path: string, headers = {}) {
  const answer = await ask('GET', path, { headers });
  expect(answer.status).toBe(200);
  expect(answer.headers.get('content-type')).toBe('text/event-stream');
  const reader = answer.body!.pipeThrough(new TextDecoderStream()).getReader();
  let heard = '';
  return async (text: string) => {
    while (!heard.includes(text)) {
      const { value, done } = await reader.read();
      if (done) return `${heard}END`;
      heard += value;
    }
    return heard;
  };
}

const EVENTS = `/v1/turns/${TURN_ID}/events`;
const openOf = async ({ ask }: Tested, kind = 'api') => {
  const text = await (await ask('GET', '/metrics', { key: null })).text();
  return Number(new RegExp(`streams_open.kind="${kind}". (\\d+)`).exec(text)?.[1] ?? 0);
};

test('GET /v1/events tells whenever the record has grown, once, and ends when the gateway drains', async () => {
  const one = createTestGateway({ store });
  const hears = await follow(one, '/v1/events');
  expect(await hears('id: 0\n')).toContain('event: changed\ndata: {"size":0}');
  const again = await follow(one, '/v1/events', { 'last-event-id': '0' });
  await store.record.append(TENANT, [entryOf('one')], []);
  await hears('id: 1\n');
  expect(await again('id: 1\n')).not.toContain('id: 0');
  one.drain();
  expect(await hears('never')).toContain('END');
  expect((await one.ask('GET', '/v1/events')).status).toBe(503);
  expect((await createTestGateway().ask('GET', '/v1/events')).status).toBe(501);
});

test('one look at the store serves all who listen, and none is made when nobody does', async () => {
  const size = vi.fn((tenant: string) => store.record.size(tenant));
  const watched = { ...store, record: { ...store.record, size } };
  const one = createTestGateway({ store: watched });
  const [first, second] = [await one.ask('GET', '/v1/events'), await one.ask('GET', '/v1/events')];
  await vi.waitUntil(() => size.mock.calls.length >= 2, { timeout: 5_000 });
  const asked = size.mock.calls.length;
  expect(asked).toBeLessThan(4);
  await first.body!.cancel();
  await second.body!.cancel();
  expect(await openOf(one)).toBe(0);
  await vi.waitUntil(() => size.mock.calls.length > asked, { timeout: 5_000 });
  const last = size.mock.calls.length;
  await new Promise((resolve) => setTimeout(resolve, 1_500));
  expect(size.mock.calls.length).toBe(last);
});

test('GET /v1/turns/{turnId}/events tells a turn in short until it is over', async () => {
  const one = createTestGateway();
  const [turn] = one.client.turns;
  const hears = await follow(one, EVENTS);
  expect(await hears('"running"')).toMatch(/retry: \d+\n\nid: \S+\nevent: changed\ndata: \{"turnId"/);
  Object.assign(turn!, { status: 'awaiting_decision', approvals: [sampleApproval()] });
  expect(await hears('awaiting_decision')).toContain(`"approvalId":"${APPROVAL_ID}","status":"pending"`);
  Object.assign(turn!, {
    status: 'completed',
    approvals: [sampleApproval({ status: 'approved', outcome: 'executed' })],
  });
  const all = await hears('never');
  expect(all).toContain('"status":"completed"');
  expect(all).toContain('"outcome":"executed"');
  expect(all).toMatch(/id: over\nevent: over\ndata: \{\}\n\nEND$/);
  expect((await one.ask('GET', EVENTS, { headers: { 'last-event-id': 'over' } })).status).toBe(204);
  expect(await openOf(one)).toBe(0);
});

test.each([
  ['by an entry of its own', 1],
  ['among more entries than are told one by one', 501],
])(
  'with a store the record wakes whoever follows a turn that waits: %s',
  async (_, count) => {
    const one = createTestGateway({ store });
    const [turn] = one.client.turns;
    Object.assign(turn!, { status: 'parked' });
    await (
      await follow(one, '/v1/events')
    )('changed');
    const hears = await follow(one, EVENTS);
    await hears('"parked"');
    Object.assign(turn!, { status: 'completed' });
    const entries = Array.from({ length: count }, (_, at) =>
      entryOf(`of-${count}-${at}`, { turnId: TURN_ID }),
    );
    await store.record.append(TENANT, entries, []);
    expect(await hears('never')).toContain('"status":"completed"');
    one.drain();
  },
  20_000,
); // a turn that waits is looked at after 30 s anyway

test('whoever comes again with the last id is told nothing twice', async () => {
  const one = createTestGateway();
  const hears = await follow(one, EVENTS);
  const [, id = ''] = /id: (\S+)/.exec(await hears('changed')) ?? [];
  const again = await follow(one, EVENTS, { 'last-event-id': id });
  Object.assign(one.client.turns[0]!, { status: 'failed' });
  expect((await again('"failed"')).match(/event: changed/g)).toHaveLength(1);
});

test.each([
  ['of another tenant', { key: 'otherTenant' }, 404],
  ['without the scope', { key: 'read' }, 403],
  ['without a key', { key: null }, 401],
] as const)('a turn is followed by nobody %s', async (_, { key }, status) => {
  const one = createTestGateway();
  const answer = await one.ask('GET', EVENTS, { key: key && one.keys[key].key });
  expect(answer.status).toBe(status);
});

test('one person has twenty streams at most, and the next one when one has ended', async () => {
  const one = createTestGateway();
  const open = [];
  for (let count = 0; count < 20; count += 1) open.push(await one.ask('GET', EVENTS));
  expect(await openOf(one)).toBe(20);
  const refused = await one.ask('GET', EVENTS);
  expect([refused.status, refused.headers.get('retry-after')]).toEqual([429, '60']);
  expect((await one.ask('GET', EVENTS, { key: one.keys.turns.key })).status).toBe(200);
  await open[0]!.body!.cancel();
  expect((await one.ask('GET', EVENTS)).status).toBe(200);
});

test('a HEAD of a stream is answered with headers alone, and counts as none', async () => {
  const one = createTestGateway({ store });
  for (const path of ['/v1/events', EVENTS])
    for (let count = 0; count < 21; count += 1) {
      const { status, body, headers } = await one.ask('HEAD', path);
      expect([status, body, headers.get('content-type')]).toEqual([200, null, 'text/event-stream']);
    }
  expect(await openOf(one)).toBe(0);
});

test('who reads too slowly is dropped, and nothing is kept for them', async () => {
  const one = createTestGateway({ streamHeartbeatMs: 10 });
  const slow = await one.ask('GET', EVENTS);
  expect(await openOf(one)).toBe(1);
  await vi.waitUntil(async () => (await openOf(one)) === 0, { timeout: 5_000 });
  await expect(slow.text()).rejects.toThrow('It was not read.');
});

test('a comment comes again and again, and a key that is taken away ends its stream', async () => {
  const { entry, key } = createApiKey({ name: 'shop', tenant: TENANT, scopes: ['turns:write'] });
  let keys: ApiKey[] = [entry];
  const one = createTestGateway({ streamHeartbeatMs: 60, apiKeys: () => keys });
  const hears = await follow(one, EVENTS, { authorization: `Bearer ${key}` });
  await hears(':\n\n:\n\n');
  keys = [{ ...entry, scopes: ['record:read'] }];
  expect(await hears('never')).toContain('END');
});
