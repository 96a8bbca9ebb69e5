import { setTimeout as sleep } from 'node:timers/promises';

import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';

import type { AnyApproval } from '../../src/contracts/approval/approval.ts';
import { ChannelError, PartlySent, type Message, type NoticeChannel } from '../../src/notices/channel.ts';
import type { Deliveries } from '../../src/notices/deliveries.ts';
import { sendDue } from '../../src/notices/deliver.ts';
import { followVotes } from '../../src/notices/follow.ts';
import { updateMessages } from '../../src/notices/update.ts';
import type { NewNotice } from '../../src/store/notices/rows.ts';
import { openStore, type Store } from '../../src/store/store.ts';
import { sampleApproval } from '../gateway/support.ts';

/** What is sent, repeated and brought up to date when attempts die, channels do not answer, and questions share a message. */

let now = Date.UTC(2026, 0, 31);
let store: Store;
beforeAll(async () => {
  store = await openStore({ url: 'sqlite::memory:', clock: () => now });
});
afterAll(() => store.close());

const sent: Message[] = [];
const updated: Message[] = [];
/** What the channel does with the next messages, each once. */
const behaviours: ((message: Message, signal: AbortSignal) => Promise<void>)[] = [];
/** Where the next messages do not arrive, each once. */
const partly: PartlySent['left'][] = [];
const channel: NoticeChannel = {
  name: 'mail',
  addressOf: ({ mail }) => mail,
  async send(message, signal) {
    await behaviours.shift()?.(message, signal);
    sent.push(message);
    const left = partly.shift();
    return left === undefined ? { id: message.id } : new PartlySent({ id: message.id }, left);
  },
  async update(message) {
    await ends.shift()?.();
    updated.push(message);
  },
};
/** What the channel does with the next ends, each once. */
const ends: (() => Promise<void>)[] = [];
const approvals = new Map<string, AnyApproval>();
const read: Deliveries['read'] = (_tenant, approvalId) => Promise.resolve(approvals.get(approvalId) ?? null);
const deliveries = (): Deliveries => ({
  ...{ store, channels: [channel], publicUrl: 'https://inbox.acme.example', perHour: 20 },
  read,
  readAnew: () => read,
  log: () => undefined,
});
let tenant: string;
let count = 0;
beforeEach(async () => {
  for (const list of [sent, updated, behaviours, partly, ends]) list.length = 0;
  approvals.clear();
  tenant = `t${(count += 1)}`;
  const people = Array.from({ length: 10 }, (_, index) => `p${index}`);
  await store.people.put(
    tenant,
    people.map((id) => ({ id, mail: `${id}@acme.example` })),
  );
});

const about = (approvalId: string) => ({ tenant, approvalId });
/** Asks a question, and plans a notice of it for each person. */
async function plan(approvalId: string, people: string[], more: Partial<NewNotice> = {}): Promise<void> {
  const { proposals: _, ...approval } = sampleApproval({ approvalId, tenant });
  approvals.set(approvalId, approvals.get(approvalId) ?? approval);
  await store.notices.plan(
    tenant,
    people.map((personId) => ({
      ...{ key: `${approvalId}:${more.rung ?? 0}:${personId}`, approvalId, conversationId: null, personId },
      ...{
        rung: 0,
        kind: 'ask',
        ways: [{ channel: 'mail', address: `${personId}@acme.example` }],
        dueMs: now,
      },
      ...more,
    })),
  );
}
function settle(approvalId: string): void {
  const approval = approvals.get(approvalId)!;
  approvals.set(approvalId, { ...approval, status: 'denied', resolvedAt: new Date(now).toISOString() });
}
const go = (approvalId: string, signal = new AbortController().signal) =>
  sendDue(deliveries(), about(approvalId), signal);
const end = (approvalId: string) =>
  updateMessages(deliveries(), about(approvalId), new AbortController().signal);
const states = async (approvalId: string) =>
  (await store.notices.ofApproval(tenant, approvalId)).map(({ state }) => state);
const iso = (ms: number): string => new Date(ms).toISOString();
const refused = (): Promise<void> => Promise.reject(new ChannelError('Answered 451.'));
const refused503 = (retryAfterMs = 5_000): ChannelError =>
  new ChannelError('Answered 503.', { retryAfterMs });
const unallowed = (): Promise<void> => Promise.reject(new ChannelError('Answered 550.', { isFinal: true }));
const unknown = (): Promise<void> =>
  Promise.reject(new ChannelError('Not confirmed.', { mayHaveArrived: true }));

test('a worker that stops half-way leaves the rest due at once', async () => {
  await plan(
    'a',
    Array.from({ length: 10 }, (_, index) => `p${index}`),
  );
  const stopping = new AbortController();
  behaviours.push(() => {
    stopping.abort();
    return Promise.resolve();
  });
  const first = await go('a', stopping.signal);
  expect(first.heldUntilMs).toContain(0);
  expect(first.told).toBeLessThan(10);
  expect(await go('a')).toEqual({ told: 10, failed: 0, heldUntilMs: [] });
  expect(new Set(sent.map(({ to }) => to.person.id)).size).toBe(10);
});

test('what may have arrived is told the end, also if it was never confirmed', async () => {
  await plan('a', ['p0']);
  behaviours.push(unknown);
  expect(await go('a')).toEqual({ told: 0, failed: 0, heldUntilMs: [now + 5_000] });
  settle('a');
  expect(await end('a')).toEqual({ updated: 1, left: [] });
  expect(updated.map(({ to }) => to.person.id)).toEqual(['p0']);
});

describe('a message that was given up, or whose worker died, and that can be looked for', () => {
  let hasLanded: boolean;
  let at: number;
  const lost: NoticeChannel = {
    ...{ ...channel, isEditable: true },
    find: ({ id }) => Promise.resolve(hasLanded ? { id } : null),
  };
  const here = (landsWithinMs = 400): Deliveries => {
    // As one activity reads: once.
    const once = () => {
      const known = new Map(approvals);
      return (_tenant: string, approvalId: string) => Promise.resolve(known.get(approvalId) ?? null);
    };
    return { ...deliveries(), channels: [{ ...lost, landsWithinMs }], read: once(), readAnew: once };
  };
  const endHere = (approvalId: string, landsWithinMs?: number) =>
    updateMessages(here(landsWithinMs), about(approvalId), new AbortController().signal);
  const shows = () => updated.at(-1)?.cards.map(({ state }) => state.status);
  beforeEach(() => {
    hasLanded = false;
    at = now;
    return () => (now = at);
  });
  /** Time goes on in the store, too. */
  const pass = (ms: number) => sleep(ms).then(() => (now += ms));

  test('tells the end if it arrives a moment later', async () => {
    await plan('a', ['p0']);
    behaviours.push(unknown);
    await sendDue(here(), about('a'), new AbortController().signal);
    settle('a');
    void pass(200).then(() => (hasLanded = true));
    expect(await endHere('a')).toEqual({ updated: 1, left: [] });
    expect(shows()).toEqual(['denied']);
    expect(await states('a')).toEqual(['sent']);
  });

  test('is looked for long enough after it was given up, however long the end has waited', async () => {
    await plan('a', ['p0'], { conversationId: 'c' });
    await plan('b', ['p0'], { conversationId: 'c' });
    behaviours.push(() => sleep(1_200).then(unknown));
    const sending = sendDue(here(), about('b'), new AbortController().signal);
    while (behaviours.length > 0) await sleep(1);
    settle('a');
    const ending = endHere('a', 2_000);
    await sending;
    void pass(1_500).then(() => (hasLanded = true));
    expect(await ending).toEqual({ updated: 1, left: [] });
    expect(shows()).toEqual(['denied', 'pending']);
  });

  test('says how all of its questions ended, though their ends wait for it together', async () => {
    hasLanded = true;
    await plan('a', ['p0'], { conversationId: 'c' });
    await plan('b', ['p0'], { conversationId: 'c' });
    await store.notices.take(tenant, 'a:0:p0', { perHour: 20, forMs: 1_000 });
    ends.push(() => sleep(600));
    settle('a');
    const first = endHere('a');
    await sleep(300);
    settle('b');
    const other = endHere('b');
    await sleep(300);
    now += 1_000;
    expect(await Promise.all([first, other])).toEqual([
      { updated: 1, left: [] },
      { updated: 1, left: [] },
    ]);
    expect(shows()).toEqual(['denied', 'denied']);
  });

  test('is looked for after a worker died no sooner than it would have arrived', async () => {
    await plan('a', ['p0']);
    await store.notices.take(tenant, 'a:0:p0', { perHour: 20, forMs: 60_000 });
    void sleep(200).then(() => (hasLanded = true));
    expect(await sendDue(here(), about('a'), new AbortController().signal)).toMatchObject({ told: 1 });
    expect(sent).toEqual([]);
  });

  test('is sent again no sooner than it would have arrived', async () => {
    await plan('a', ['p0']);
    behaviours.push(unknown);
    const { heldUntilMs } = await sendDue(here(15_000), about('a'), new AbortController().signal);
    expect(heldUntilMs).toEqual([now + 15_000]);
  });
});

test('an end of its own comes once, after what a worker that died may have sent', async () => {
  const once: Deliveries = { ...deliveries(), channels: [{ ...channel, endsOnce: true }] };
  await plan('a', ['p0']);
  await sendDue(once, about('a'), new AbortController().signal);
  await plan('a', ['p0'], { rung: 1, kind: 'remind' });
  await store.notices.take(tenant, 'a:1:p0', { perHour: 20, forMs: 60_000 });
  settle('a');
  const ending = updateMessages(once, about('a'), new AbortController().signal);
  await sleep(50);
  expect(updated).toEqual([]);
  now += 60_000;
  expect(await ending).toEqual({ updated: 1, left: [] });
  expect(updated).toHaveLength(1);
});

test('an attempt that fails ends after all that it sends, so the next one sends nothing twice', async () => {
  await plan('a', ['p0', 'p1']);
  const { notices } = store;
  const take: typeof notices.take = (of, key, more) =>
    key === 'a:0:p0'
      ? sleep(50).then(() => Promise.reject(new Error('It is locked.')))
      : notices.take(of, key, more);
  const broken = { ...deliveries(), store: { ...store, notices: { ...notices, take } } };
  behaviours.push(() => sleep(200));
  await expect(sendDue(broken, about('a'), new AbortController().signal)).rejects.toThrow('locked');
  await go('a');
  expect(sent.map(({ to }) => to.person.id)).toEqual(['p1', 'p0']);
});

test.each<[string, Deliveries['read']]>([
  ['could not be read', () => Promise.reject(new Error('Temporal is away.'))],
  ['its turn does not show yet', () => Promise.resolve('not yet')],
])('what %s is due again as it was, a reminder, too', async (_what, fails) => {
  await plan('a', ['p0'], { kind: 'remind' });
  const broken = { ...deliveries(), readAnew: () => fails };
  await expect(sendDue(broken, about('a'), new AbortController().signal)).rejects.toThrow();
  expect(await store.notices.ofApproval(tenant, 'a')).toMatchObject([{ state: 'planned', attempts: 0 }]);
  expect(await go('a')).toMatchObject({ told: 1 });
});

test.each<[string, Deliveries['read'], string[]]>([
  ['was not asked yet', () => Promise.resolve('not yet'), ['sent']],
  [
    'was open still',
    (_tenant, id) => Promise.resolve({ ...approvals.get(id)!, status: 'pending' }),
    ['dropped'],
  ],
])(
  'a question that %s when an attempt began is told as it stands when it is taken',
  async (what, before, becomes) => {
    await plan('a', ['p0']);
    if (what === 'was open still') settle('a');
    await sendDue({ ...deliveries(), read: before }, about('a'), new AbortController().signal);
    expect(await states('a')).toEqual(becomes);
  },
);

test('a question that was asked while an attempt sends another one is told as it stands when it is taken', async () => {
  const once = (): Deliveries['read'] => {
    const known = new Map(approvals);
    return (_tenant, approvalId) => Promise.resolve(known.get(approvalId) ?? 'not yet');
  };
  await plan('a', ['p0', 'p1', 'p2', 'p3', 'p4'], { conversationId: 'c' });
  behaviours.push(async () => {
    await sleep(20);
    await plan('b', ['p4'], { conversationId: 'c' });
  });
  behaviours.push(...Array.from({ length: 3 }, () => () => sleep(60)));
  await sendDue({ ...deliveries(), readAnew: once }, about('a'), new AbortController().signal);
  expect(await states('b')).toEqual(['sent']);
});

test('a question that cannot be read holds back no other', async () => {
  const people = ['p0', 'p1', 'p2', 'p3', 'p4', 'p5'];
  await plan('a', people, { conversationId: 'c' });
  await plan('x', people.slice(0, 4), { conversationId: 'c' });
  const without: Deliveries['read'] = (of, id) => (id === 'x' ? Promise.resolve('not yet') : read(of, id));
  const here = { ...deliveries(), readAnew: () => without };
  expect(await sendDue(here, about('a'), new AbortController().signal)).toMatchObject({ told: 6 });
  expect(await states('x')).toEqual(Array(4).fill('planned'));
  expect(sent.flatMap(({ cards }) => cards.map(({ approvalId }) => approvalId))).toEqual(Array(6).fill('a'));
});

test('a question that was put back is not put back again while another attempt sends it', async () => {
  await plan('a', ['p0'], { conversationId: 'c' });
  await plan('x', ['p0'], { conversationId: 'c', kind: 'remind' });
  const without: Deliveries['read'] = (of, id) => (id === 'x' ? Promise.resolve('not yet') : read(of, id));
  const { people } = store;
  let goOn = (): void => undefined;
  behaviours.push(() => new Promise((resolve) => (goOn = resolve)));
  let other: Promise<unknown> = Promise.resolve();
  const get: typeof people.get = async () => {
    other = go('x');
    while (behaviours.length > 0) await sleep(1);
    throw new Error('It is locked.');
  };
  const here = { ...deliveries(), readAnew: () => without, store: { ...store, people: { ...people, get } } };
  await expect(sendDue(here, about('a'), new AbortController().signal)).rejects.toThrow('locked');
  goOn();
  await other;
  expect(await states('x')).toEqual(['sent']);
  await go('a');
  expect(sent.map(({ kind, cards }) => [kind, ...cards.map(({ approvalId }) => approvalId)])).toEqual([
    ['remind', 'x'],
    ['ask', 'a'],
  ]);
});

test('people whose messages cannot be written keep nobody else waiting', async () => {
  await plan('a', ['p0', 'p1', 'p2', 'p3', 'p4', 'p5']);
  const { people } = store;
  const get: typeof people.get = (of, id) =>
    id < 'p4' ? Promise.reject(new Error('It is locked.')) : people.get(of, id);
  const here = { ...deliveries(), store: { ...store, people: { ...people, get } } };
  await expect(sendDue(here, about('a'), new AbortController().signal)).rejects.toThrow('locked');
  expect(await states('a')).toEqual([...Array<string>(4).fill('planned'), 'sent', 'sent']);
});

test.each<[string, () => void]>([
  ['cannot be read', () => undefined],
  ['a channel refuses for now', () => behaviours.push(refused)],
])('what had to wait and %s goes together later', async (what, fails) => {
  const few = { ...deliveries(), perHour: 3, channels: [{ ...channel, isEditable: true as const }] };
  const signal = new AbortController().signal;
  for (const id of ['a', 'b', 'c', 'd', 'e', 'f']) {
    await plan(id, ['p0'], { conversationId: id });
    if (id < 'd') now += 60_000;
    await sendDue(few, about(id), signal);
  }
  now += 3_600_000;
  fails();
  const broken: Deliveries['read'] = () => Promise.reject(new Error('Temporal is away.'));
  const first = what === 'cannot be read' ? { ...few, readAnew: () => broken } : few;
  await sendDue(first, about('d'), signal).catch(() => undefined); // it could not be read
  expect([await states('d'), await states('e'), await states('f')]).toEqual([['held'], ['held'], ['held']]);
  now += 5_000;
  await sendDue(few, about('d'), signal);
  expect(sent.at(-1)).toMatchObject({ kind: 'digest', cards: [{}, {}, {}] });
});

test('what is known to have arrived of a message says where it stands, beside a reminder that nobody knows of', async () => {
  const references: unknown[] = [];
  const blind: NoticeChannel = {
    ...{ ...channel, isEditable: true, find: () => Promise.resolve('unknown') },
    update: (_message, reference) => Promise.resolve(void references.push(reference)),
  };
  const here = { ...deliveries(), channels: [blind] };
  await plan('a', ['p0'], { rung: 1, kind: 'remind' });
  await plan('a', ['p0'], { rung: 2, kind: 'escalate' });
  behaviours.push(unknown);
  await sendDue(here, about('a'), new AbortController().signal);
  now += 5_000;
  await sendDue(here, about('a'), new AbortController().signal);
  expect(await states('a')).toEqual(['unknown', 'sent']);
  settle('a');
  await updateMessages(here, about('a'), new AbortController().signal);
  expect(references).toEqual([{ id: 'a:1:p0' }]);
});

test('an attempt that stalled until another one had the message does not send it', async () => {
  await plan('a', ['p0']);
  const { people } = store;
  const get: typeof people.get = async (...asked) => {
    now += 60_000;
    await store.notices.take(tenant, 'a:0:p0', { perHour: 20, forMs: 60_000 });
    return people.get(...asked);
  };
  const stalled = { ...deliveries(), store: { ...store, people: { ...people, get } } };
  expect(await sendDue(stalled, about('a'), new AbortController().signal)).toMatchObject({ told: 0 });
  expect(sent).toEqual([]);
  expect(await go('a')).toMatchObject({ told: 1 });
});

test('what was refused is told nothing when it ends', async () => {
  await plan('a', ['p0']);
  behaviours.push(refused);
  await go('a');
  settle('a');
  expect(await end('a')).toEqual({ updated: 0, left: [] });
  expect(await states('a')).toEqual(['dropped']);
});

test('a message that is repeated is the same one, without its reminders', async () => {
  await plan('a', ['p0'], { conversationId: 'c' });
  await plan('b', ['p0'], { conversationId: 'c', rung: 1, kind: 'remind' });
  behaviours.push(unknown);
  await go('a');
  await plan('later', ['p0'], { conversationId: 'c' });
  now += 5_000;
  await go('a');
  expect(sent).toMatchObject([{ id: 'a:0:p0', cards: [{ approvalId: 'a' }] }]);
  expect(await states('b')).toEqual(['unknown']);
});

test('a repeated message does not count as one about a question that was over by then', async () => {
  await plan('a', ['p0'], { conversationId: 'c' });
  await plan('b', ['p0'], { conversationId: 'c' });
  behaviours.push(unknown);
  await go('a');
  settle('b');
  now += 5_000;
  await go('a');
  expect(sent).toMatchObject([{ cards: [{ approvalId: 'a' }] }]);
  expect([await states('a'), await states('b')]).toEqual([['sent'], ['unknown']]);
  expect(await end('b')).toEqual({ updated: 1, left: [] });
});

test('a reminder that may have arrived is not repeated, and its end is told', async () => {
  await plan('a', ['p0'], { kind: 'remind' });
  behaviours.push(unknown);
  expect(await go('a')).toEqual({ told: 0, failed: 0, heldUntilMs: [] });
  settle('a');
  expect(await end('a')).toEqual({ updated: 1, left: [] });
  expect(sent).toEqual([]);
});

test('what may have arrived stays so when a later attempt is refused', async () => {
  await plan('a', ['p0']);
  behaviours.push(unknown, refused, unallowed);
  for (const state of ['sending', 'sending', 'unknown']) {
    await go('a');
    expect(await states('a')).toEqual([state]);
    now += 60_000;
  }
});

test('a channel that can be asked is asked, so nothing is sent twice and a reminder is not lost', async () => {
  for (const [approvalId, hasArrived] of [
    ['a', true],
    ['b', false],
  ] as const) {
    await plan(approvalId, ['p0'], { kind: 'remind' });
    behaviours.push(unknown);
    const finds = { ...channel, find: () => Promise.resolve(hasArrived ? { id: 'found' } : null) };
    const asked = { ...deliveries(), channels: [finds] };
    await sendDue(asked, about(approvalId), new AbortController().signal);
    now += 60_000;
    await sendDue(asked, about(approvalId), new AbortController().signal);
    expect(await store.notices.ofApproval(tenant, approvalId)).toMatchObject([
      { state: 'sent', reference: { id: hasArrived ? 'found' : 'b:0:p0' } },
    ]);
  }
  expect(sent.map(({ id }) => id)).toEqual(['b:0:p0']);
});

test('an end that is a message of its own is told once to a person, however often they were told', async () => {
  await plan('a', ['p0', 'p1']);
  await go('a');
  await plan('a', ['p0'], { rung: 1, kind: 'remind' });
  await go('a');
  settle('a');
  const once = { ...deliveries(), channels: [{ ...channel, endsOnce: true as const }] };
  expect(await updateMessages(once, about('a'), new AbortController().signal)).toEqual({
    updated: 2,
    left: [],
  });
  expect(updated.map(({ id }) => id).toSorted()).toEqual(['a:0:p0', 'a:0:p1']);
  expect(await updateMessages(once, about('a'), new AbortController().signal)).toEqual({
    updated: 0,
    left: [],
  });
});

test('whoever is revoked by the end is sent nothing more by any channel; what they were shown is changed where it is', async () => {
  const told: string[] = [];
  const named = (name: 'mail' | 'slack'): NoticeChannel => ({
    ...{ ...channel, name },
    ...(name === 'mail' && { endsOnce: true }),
    update: ({ to: { person } }) => {
      told.push(`${person.id} by ${name}`);
      return person.id === 'p2' && name === 'slack' ? unallowed() : Promise.resolve();
    },
  });
  const both = { ...deliveries(), channels: [named('mail'), named('slack')] };
  const ways = ['slack', 'mail'].map((name) => ({ channel: name, address: name }));
  await plan('a', ['p0', 'p3']);
  await plan('a', ['p1', 'p2'], { ways });
  await sendDue(both, about('a'), new AbortController().signal);
  for (const person of ['p0', 'p1', 'p2']) await store.revocations.revoke(tenant, person, { by: 'root' });
  settle('a');
  expect(await updateMessages(both, about('a'), new AbortController().signal)).toEqual({
    updated: 3,
    left: [],
  });
  expect(told.toSorted()).toEqual(['p1 by slack', 'p2 by slack', 'p3 by mail']);
});

describe('a place that has not taken a message that another one has', () => {
  const notAt = (error: ChannelError) => [{ address: 'desk', error }];
  const addresses = () => sent.map(({ to }) => to.address);

  test('gets a delivery of its own, which takes nothing along that goes elsewhere', async () => {
    await plan('a', ['p0']);
    partly.push(notAt(refused503(60_000)));
    expect(await go('a')).toEqual({ told: 1, failed: 0, heldUntilMs: [now + 60_000] });
    expect(await store.notices.ofApproval(tenant, 'a')).toMatchObject([
      { state: 'sent', error: null },
      { state: 'planned', error: 'Answered 503.', ways: [{ channel: 'mail', address: 'desk' }] },
    ]);
    now += 60_000;
    await plan('a', ['p0'], { rung: 1, kind: 'remind' });
    expect(await go('a')).toEqual({ told: 3, failed: 0, heldUntilMs: [] });
    expect(addresses().toSorted()).toEqual(['desk', 'p0@acme.example', 'p0@acme.example']);
    settle('a');
    expect(await end('a')).toEqual({ updated: 3, left: [] });
  });

  test('gets all of a message of several conversations again', async () => {
    await plan('a', ['p0'], { conversationId: 'c' });
    await plan('b', ['p0'], { conversationId: 'd' });
    const once = { ...deliveries(), perHour: 1 };
    const goOn = (approvalId: string) => sendDue(once, about(approvalId), new AbortController().signal);
    await plan('first', ['p0']);
    await goOn('first');
    await goOn('a');
    await goOn('b');
    now += 3_600_001;
    partly.push(notAt(refused503()));
    await goOn('a');
    now += 3_600_001;
    await goOn('a');
    expect(sent.slice(1).map(({ to, kind, cards }) => [to.address, kind, cards.length])).toEqual([
      ['p0@acme.example', 'digest', 2],
      ['desk', 'digest', 2],
    ]);
  });

  test('gets no reminder twice', async () => {
    await plan('a', ['p0'], { kind: 'remind' });
    partly.push(notAt(new ChannelError('Not confirmed.', { mayHaveArrived: true })));
    expect(await go('a')).toEqual({ told: 1, failed: 0, heldUntilMs: [] });
    expect(await states('a')).toEqual(['sent']);
  });
});

test('an end that the channel refuses for good is told by the next channel of the person', async () => {
  const ways = ['mail', 'slack', 'push'].map((name) => ({ channel: name, address: `p0 by ${name}` }));
  await plan('a', ['p0'], { ways });
  await go('a');
  settle('a');
  ends.push(unallowed);
  const told: Message[] = [];
  const slack: NoticeChannel = {
    ...{ ...channel, name: 'slack', update: () => Promise.reject(new Error('It has no such message.')) },
    tellEnd: (message) => Promise.resolve(void told.push(message)),
  };
  const both = { ...deliveries(), channels: [channel, slack] };
  expect(await updateMessages(both, about('a'), new AbortController().signal)).toEqual({
    updated: 1,
    left: [],
  });
  expect(told).toMatchObject([
    {
      ...{ id: 'a:0:p0:end:a', after: ['a:0:p0'], to: { address: 'p0 by slack' } },
      cards: [{ state: { status: 'denied' } }],
    },
  ]);
  expect(await store.notices.ofApproval(tenant, 'a')).toMatchObject([{ state: 'sent', endedAt: iso(now) }]);
});

test('an end that no channel takes is tried no more: its notices have failed, and are counted', async () => {
  await plan('a', ['p0', 'p1']);
  await go('a');
  await plan('a', ['p0'], { rung: 1, kind: 'remind' });
  behaviours.push(unknown);
  await go('a');
  settle('a');
  const failures = async (): Promise<number> =>
    (await store.notices.undelivered()).find((group) => group.state === 'failed' && group.channel === 'mail')
      ?.count ?? 0;
  const failedBefore = await failures();
  ends.push(unallowed, refused, unallowed);
  const { updated: count, left } = await end('a');
  expect([count, left.length]).toEqual([0, 1]);
  const failed = { state: 'failed', endedAt: iso(now), error: 'Answered 550.' };
  expect(await store.notices.ofApproval(tenant, 'a')).toMatchObject([
    failed,
    { state: 'sent', endedAt: null },
    { ...failed, kind: 'remind' },
  ]);
  expect((await failures()) - failedBefore).toBe(2);
  const entries = await store.record.ofApproval(tenant, 'a');
  expect(entries.map(({ kind, person }) => [kind, person?.id])).toEqual([
    ['noticed', 'p0'],
    ['noticed', 'p1'],
  ]);
  ends.push(refused);
  const last = { ...about('a'), isLast: true };
  expect(await updateMessages(deliveries(), last, new AbortController().signal)).toEqual({
    updated: 0,
    left: [],
  });
  expect(await states('a')).toEqual(['failed', 'failed', 'failed']);
});

test('whoever is told along with another question, or by an attempt that died, is told', async () => {
  await plan('a', ['p0', 'p1'], { conversationId: 'c' });
  await plan('b', ['p0', 'p1'], { conversationId: 'c' });
  expect(await go('a')).toMatchObject({ told: 2 });
  expect(await go('b')).toEqual({ told: 2, failed: 0, heldUntilMs: [] });
  expect(sent).toHaveLength(2);
});

test('that everything has failed is known to an attempt that follows one that died', async () => {
  await plan('a', ['p0']);
  behaviours.push(unallowed);
  await go('a');
  expect(await go('a')).toEqual({ told: 0, failed: 1, heldUntilMs: [] });
});

test('a question that ends while it is sent along with another one is brought up to date after that', async () => {
  await plan('a', ['p0'], { conversationId: 'c' });
  await plan('b', ['p0'], { conversationId: 'c' });
  let goOn = (): void => undefined;
  behaviours.push(() => new Promise((resolve) => (goOn = resolve)));
  const sending = go('a');
  while (behaviours.length > 0) await sleep(1);
  settle('b');
  const ending = end('b');
  await sleep(50);
  expect(updated).toEqual([]);
  goOn();
  await sending;
  expect(await ending).toEqual({ updated: 1, left: [] });
  expect(updated[0]?.cards.map(({ approvalId, state }) => [approvalId, state.status])).toEqual([
    ['a', 'pending'],
    ['b', 'denied'],
  ]);
});

describe('a message that can be changed', () => {
  const editable = (): Deliveries => ({
    ...deliveries(),
    channels: [{ ...channel, isEditable: true as const }],
  });
  const follow = (approvalId: string) =>
    followVotes(editable(), about(approvalId), new AbortController().signal);
  const statuses = () => updated.map(({ cards }) => cards.map(({ state }) => state.status));
  /** A message about two questions, of which somebody votes on the first one. */
  async function voted(): Promise<void> {
    await plan('a', ['p0'], { conversationId: 'c' });
    await plan('b', ['p0'], { conversationId: 'c' });
    await sendDue(editable(), about('a'), new AbortController().signal);
    const vote = { decisionId: 'd', decision: 'approve' as const, approver: { id: 'p1' }, source: 'api' };
    const at = new Date(now).toISOString();
    const asked = approvals.get('a')!;
    const rule = { quorum: { approve: 2, deny: 1 } };
    approvals.set('a', { ...asked, rule, votes: [{ ...vote, at, decidedAt: at }] });
  }

  test('shows a vote once', async () => {
    await voted();
    expect(await follow('a')).toEqual({ changed: 1, left: [] });
    expect(await follow('a')).toEqual({ changed: 0, left: [] });
    expect(await follow('b')).toEqual({ changed: 0, left: [] });
    expect(updated).toMatchObject([{ cards: [{ standing: 'approved by p1, 1 of 2' }, {}] }]);
  });

  test('tells the end of a question after a change that was begun for another one', async () => {
    await voted();
    let goOn = (): void => undefined;
    ends.push(() => new Promise((resolve) => (goOn = resolve)));
    const following = follow('a');
    while (ends.length > 0) await sleep(1);
    settle('b');
    const ending = updateMessages(editable(), about('b'), new AbortController().signal);
    await sleep(50);
    expect(updated).toEqual([]);
    goOn();
    expect(await following).toEqual({ changed: 1, left: [] });
    expect(await ending).toEqual({ updated: 1, left: [] });
    expect(statuses()).toEqual([
      ['pending', 'pending'],
      ['pending', 'denied'],
    ]);
  });

  test('is left alone for a while when nobody knows what became of a change', async () => {
    await voted();
    ends.push(unknown);
    expect((await follow('a')).left).toMatchObject([{ message: 'Not confirmed.' }]);
    expect((await follow('a')).left).toMatchObject([
      { message: expect.stringContaining('Somebody else') as string },
    ]);
    now += 30_000;
    expect(await follow('a')).toEqual({ changed: 1, left: [] });
  });

  test('waits with all others of a channel that wants to wait', async () => {
    await plan('a', ['p0', 'p1']);
    await sendDue(editable(), about('a'), new AbortController().signal);
    approvals.set('a', { ...approvals.get('a')!, reason: 'Another one.' });
    ends.push(() => Promise.reject(refused503(60_000)));
    expect((await follow('a')).left).toMatchObject([{ retryAfterMs: 60_000 }]);
    expect(updated).toEqual([]);
    expect(await follow('a')).toEqual({ changed: 2, left: [] });
  });

  test('waits for its end with all others of a channel that wants to wait', async () => {
    await plan('a', ['p0', 'p1', 'p2']);
    await sendDue(editable(), about('a'), new AbortController().signal);
    settle('a');
    ends.push(() => Promise.reject(refused503(30_000)));
    const { left } = await updateMessages(editable(), about('a'), new AbortController().signal);
    expect(left.map(({ retryAfterMs }) => retryAfterMs)).toEqual([30_000, 30_000, 30_000]);
    expect(updated).toEqual([]);
    ends.push(() => Promise.reject(refused503(30_000)));
    const last = { ...about('a'), isLast: true };
    await updateMessages(editable(), last, new AbortController().signal);
    expect(await states('a')).toEqual(['failed', 'sent', 'sent']);
    expect(statuses()).toEqual([['denied'], ['denied']]);
  });

  test('waits for no other channel by which one person is told', async () => {
    const push: NoticeChannel = {
      ...{ ...channel, name: 'push', endsOnce: true },
      update: () => Promise.reject(refused503(600_000)),
    };
    const both = { ...editable(), channels: [...editable().channels, push] };
    const ways = ['mail', 'push'].map((name) => ({ channel: name, address: 'p0@acme.example' }));
    await plan('a', ['p0'], { ways });
    await plan('a', ['p1', 'p2']);
    await sendDue(both, about('a'), new AbortController().signal);
    settle('a');
    ends.push(unallowed);
    const { updated: count, left } = await updateMessages(both, about('a'), new AbortController().signal);
    expect([count, left.map(({ retryAfterMs }) => retryAfterMs)]).toEqual([2, [600_000]]);
    expect(statuses()).toEqual([['denied'], ['denied']]);
  });

  test('holds others back for a while when nobody knows whether it says its end', async () => {
    await voted();
    settle('a');
    ends.push(unknown);
    const { left } = await updateMessages(editable(), about('a'), new AbortController().signal);
    expect(left).toMatchObject([{ message: 'Not confirmed.' }]);
    const begin = () => store.notices.beginChange(tenant, 'a:0:p0', { by: 'another', forMs: 1_000 });
    expect(await begin()).toBe(false);
    now += 30_000;
    expect(await begin()).toBe(true);
  });

  test('is not changed by who has stalled until it was not theirs any more', async () => {
    await voted();
    const { notices } = store;
    let losses = 2;
    const lost = {
      ...editable(),
      store: {
        ...store,
        notices: {
          ...notices,
          async stillChanges(...asked: Parameters<typeof notices.stillChanges>) {
            if (losses > 0) now += 30_000;
            losses -= 1;
            return notices.stillChanges(...asked);
          },
        },
      },
    };
    const signal = new AbortController().signal;
    expect((await followVotes(lost, about('a'), signal)).left).toMatchObject([{ retryAfterMs: 2_000 }]);
    expect(updated).toEqual([]);
    settle('a');
    const ending = updateMessages(lost, about('a'), signal);
    await sleep(50);
    expect(updated).toEqual([]);
    expect(await ending).toEqual({ updated: 1, left: [] });
    expect(statuses()).toEqual([['denied', 'pending']]);
  });

  test('is not changed once the question is over: its end is told by others', async () => {
    await voted();
    settle('a');
    expect(await follow('a')).toEqual({ changed: 0, left: [] });
    expect(await updateMessages(editable(), about('a'), new AbortController().signal)).toMatchObject({
      updated: 1,
    });
  });
});

test('a message is brought up to date with the questions it shows, and no others', async () => {
  await plan('a', ['p0'], { conversationId: 'c' });
  await plan('b', ['p0'], { conversationId: 'c' });
  settle('b');
  await go('a');
  settle('a');
  await end('a');
  expect(updated[0]?.cards.map(({ approvalId }) => approvalId)).toEqual(['a']);
});

describe('an attempt that outlived its time', () => {
  const none: NoticeChannel = { ...channel, find: () => Promise.resolve(null) };
  const attempt = (approvalId: string, more: Partial<Deliveries> = {}) =>
    sendDue({ ...deliveries(), channels: [none], ...more }, about(approvalId), new AbortController().signal);
  /** Halts where it reads, until it is let go. */
  const halting = () => {
    const [begun, released] = [Promise.withResolvers<null>(), Promise.withResolvers<null>()];
    const readAnew: Deliveries['readAnew'] =
      () =>
      async (...asked) => {
        begun.resolve(null);
        await released.promise;
        return read(...asked);
      };
    return { readAnew, begun: begun.promise, release: () => released.resolve(null) };
  };

  test('and has sent its message speaks for nothing that joined the message later', async () => {
    await plan('a', ['p0'], { conversationId: 'c' });
    const [sends, arrives] = [Promise.withResolvers<null>(), Promise.withResolvers<null>()];
    behaviours.push(async () => {
      sends.resolve(null);
      await arrives.promise;
    }, refused);
    const first = attempt('a');
    await sends.promise;
    const { heldUntilMs } = await attempt('a');
    await plan('b', ['p0'], { conversationId: 'c' });
    now = Math.max(...heldUntilMs);
    const { readAnew, begun, release } = halting();
    const third = attempt('a', { readAnew });
    await begun;
    arrives.resolve(null);
    await first;
    release();
    await third;
    await attempt('b');
    expect(sent.map(({ cards }) => cards.map(({ approvalId }) => approvalId))).toEqual([['a'], ['b']]);
    expect([await states('a'), await states('b')]).toEqual([['sent'], ['sent']]);
  });

  test('before it has sent anything loses no reminder', async () => {
    await plan('a', ['p0'], { kind: 'remind', rung: 1 });
    const { readAnew, begun, release } = halting();
    const late = sendDue({ ...deliveries(), readAnew }, about('a'), new AbortController().signal);
    await begun;
    now += 61_000;
    release();
    await late;
    expect(sent).toEqual([]);
    await go('a');
    expect(sent).toHaveLength(1);
    expect(await states('a')).toEqual(['sent']);
  });
});
