import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';

import type { Approval } from '../../src/contracts/approval/approval.ts';
import type { HandoverResult } from '../../src/contracts/handover.ts';
import { handoverWorkflowId } from '../../src/contracts/ids.ts';
import { createApiKey, createGateway, SCOPES } from '../../src/gateway/app.ts';
import { createWorker } from '../../src/worker.ts';
import app, { effects } from '../support/handover-app.ts';
import { startHandover, type PlayedHandover } from '../support/handover.ts';
import { until } from '../../src/testing/wait.ts';
import { startWorld, TENANT, type World } from '../support/world.ts';

const CALLBACK_URL = 'https://countersign.example.com/base/';
let handover: PlayedHandover;
let world: World;
let patient: World;

beforeAll(async () => {
  handover = await startHandover();
  const settings = { url: `${handover.url}/`, apiKey: handover.state.apiKey, callbackUrl: CALLBACK_URL };
  const pausesMs = { first: 200, longest: 400 };
  world = await startWorld({
    ...{ app, name: 'handover', handover: { ...settings, pausesMs, approver: 'ada@example.com' } },
  });
  // Looks again after an hour: what is faster was hinted at.
  patient = await startWorld({
    ...{ app, name: 'handover-hinted', handover: { ...settings, groups: ['finance'], pausesMs: hourly } },
  });
});
const hourly = { first: 3_600_000, longest: 3_600_000 };
afterAll(async () => {
  await Promise.all([world.stop(), patient.stop()]);
  await handover.close();
});
beforeEach(() => {
  effects.length = 0;
});
afterEach(() => {
  handover.faults.create.length = 0;
  handover.faults.read.length = 0;
});

async function ask(message = 'single', where = world, count = 1) {
  const turnId = await where.say(message);
  const [approval] = await where.pending(turnId, count);
  return { turnId, approval: approval! };
}

/** The same, once the Handover has the question, too: `id` is its name there. */
async function askThere(...asked: Parameters<typeof ask>) {
  const found = await ask(...asked);
  return { ...found, id: (await handover.decisionAbout(found.approval.approvalId)).id };
}

const question = ({ approvalId }: Approval) =>
  world.temporal.workflow.getHandle<() => Promise<HandoverResult>>(handoverWorkflowId(TENANT, approvalId));
const outcomeOf = async (approval: Approval) => (await question(approval).result()).outcome;
const read = (turnId: string) => world.read(turnId);

/** What its pending activity failed with last. */
const failureOf = (approval: Approval, type: string) =>
  until(`the failure ${type}`, async () => {
    const { raw } = await question(approval).describe();
    const failures = raw.pendingActivities?.map(({ lastFailure }) => lastFailure) ?? [];
    return failures.find((failure) => failure?.applicationFailureInfo?.type === type)?.message ?? null;
  });

describe('a question is asked at the Handover, too', () => {
  test('with tool, description, arguments, deadline and the digest’s first digits', async () => {
    const { turnId, approval } = await ask('brief');
    const about = await handover.decisionAbout(approval.approvalId);
    const { body, headers } = handover.asked.find(({ id }) => id === about.id)!;
    const digits = approval.argumentsDigest.slice('sha256:'.length, 'sha256:'.length + 12);
    expect(body).toEqual({
      action: `brief: Ask for a moment only. [approval ${approval.approvalId}, digest ${digits}]`,
      context: [
        'Tool: brief',
        'What it does: Ask for a moment only.',
        'Arguments:\n{\n  "orderId": "A-1"\n}',
        `Digest of what will run: ${digits} (the inbox shows the same digits for the same arguments)`,
        `Decide by: ${approval.deadline}`,
      ].join('\n'),
      timeout_minutes: 1,
      approver: 'ada@example.com',
      callback_url: expect.stringMatching(
        /^https:\/\/countersign\.example\.com\/base\/v1\/webhooks\/handover\?tenant=acme&approval=c-\S+&token=[0-9a-f]{32}$/,
      ) as string,
    });
    expect(headers['idempotency-key']).toBe(approval.approvalId);
    await world.decide(approval, { decision: 'deny' });
    await world.end(turnId);
  });

  test('and an approval there runs the call, once, as it was shown', async () => {
    const { turnId, approval, id } = await askThere();
    handover.resolve(id, 'approved', 'Fine by me.');
    const turn = await world.end(turnId);
    expect(turn).toMatchObject({ status: 'completed', reply: expect.stringContaining('is done') as string });
    expect(turn.approvals).toMatchObject([
      {
        ...{ status: 'approved', outcome: 'executed' },
        decision: {
          ...{ decisionId: `handover:${id}`, decision: 'approve', source: 'handover', note: 'Fine by me.' },
          approver: { id: 'handover:bob@example.com' },
        },
      },
    ]);
    expect(effects).toEqual([
      { tool: 'refund', args: { orderId: 'A-1', amountCents: 4_200 }, approver: 'handover:bob@example.com' },
    ]);
    expect(await outcomeOf(approval)).toBe('answered');
  });

  test.each<[string, string | null, object]>([
    ['denied', 'Too dear.', { status: 'denied', decision: { decision: 'deny', note: 'Too dear.' } }],
    [
      'modified',
      'Pay back half of it.',
      { status: 'answered', decision: { decision: 'respond', response: 'Pay back half of it.' } },
    ],
  ])('%s there runs nothing', async (status, notes, expected) => {
    const { turnId, id } = await askThere();
    handover.resolve(id, status, notes);
    expect((await world.end(turnId)).approvals).toMatchObject([expected]);
    expect(effects).toEqual([]);
  });

  test.each<[string, string | null]>([
    ['expired', null],
    ['modified', null],
  ])('%s there (notes: %s) leaves the question to the inbox', async (status, notes) => {
    const { turnId, approval, id } = await askThere();
    handover.resolve(id, status, notes);
    expect(await outcomeOf(approval)).toBe('closed');
    expect((await read(turnId))?.approvals).toMatchObject([{ status: 'pending' }]);
    await world.decide(approval, {});
    await world.end(turnId);
    expect(effects).toMatchObject([{ approver: 'ada' }]);
  });

  test.each(['escalated', 'scheduled', 'approved_by_a_machine'])(
    '%s there is no answer, and may become one',
    async (status) => {
      const { turnId, id } = await askThere();
      handover.resolve(id, status, 'Yes.');
      const seen = handover.reads.length;
      await until(
        'two more looks',
        () => handover.reads.slice(seen).filter((one) => one.id === id).length >= 2,
      );
      expect((await read(turnId))?.approvals).toMatchObject([{ status: 'pending' }]);
      handover.resolve(id, 'denied');
      expect((await world.end(turnId)).approvals).toMatchObject([{ status: 'denied' }]);
      expect(effects).toEqual([]);
    },
  );

  test('a parked question keeps it alive, and an answer there is carried out late', async () => {
    const { turnId, id } = await askThere('patient');
    await world.park(turnId);
    handover.resolve(id, 'approved');
    const { continuations } = await world.end(turnId);
    expect(continuations).toHaveLength(1);
    await world.end(continuations![0]!);
    expect(effects).toMatchObject([{ tool: 'patient', approver: 'handover:bob@example.com' }]);
  });
});

describe('whoever answers first wins', () => {
  const edit = { decision: 'edit', arguments: { orderId: 'A-9' } } as const;
  test.each([
    ['a decision: the answer there has no effect', { decision: 'deny' } as const, 'denied', []],
    ['an edit: what runs is the edit', edit, 'approved', [{ tool: 'patient', args: edit.arguments }]],
  ])('in the inbox %s, whatever is approved there', async (_, decision, status, had) => {
    const { turnId, approval, id } = await askThere('twofold', world, 2);
    expect(await world.decide(approval, decision)).toMatchObject({ outcome: 'applied' });
    handover.resolve(id, 'approved');
    // A look that was under way may still bring the answer there to the turn, which knows better.
    expect(['settled', 'answered']).toContain(await outcomeOf(approval));
    const [other] = await world.pending(turnId);
    await world.decide(other!, { decision: 'deny' });
    const { approvals } = await world.end(turnId);
    expect(approvals.find(({ approvalId }) => approvalId === approval.approvalId)).toMatchObject({
      ...{ status, decision: { approver: { id: 'ada' } } },
    });
    expect(effects).toMatchObject(had);
  });

  test('a deadline that passes: nobody is asked any more', async () => {
    const { turnId, approval } = await ask('brief');
    expect((await world.end(turnId)).approvals).toMatchObject([{ status: 'expired' }]);
    expect(['overdue', 'settled']).toContain(await outcomeOf(approval));
    expect(effects).toEqual([]);
  });

  test('a turn that is cancelled: nobody is asked any more', async () => {
    const { turnId, approval } = await ask();
    await world.client.cancelTurn(TENANT, turnId);
    expect(await outcomeOf(approval)).toBe('settled');
  });
});

describe('the policy’s approvers', () => {
  test('an answer by nobody of these groups is refused; the inbox decides', async () => {
    const { turnId, approval, id } = await askThere('large');
    expect(approval.approvers).toEqual(['finance']);
    handover.resolve(id, 'approved');
    expect(await outcomeOf(approval)).toBe('answered');
    expect((await read(turnId))?.approvals).toMatchObject([{ status: 'pending' }]);
    await world.decide(approval, { approver: { id: 'grace', groups: ['finance'] } });
    await world.end(turnId);
    expect(effects).toMatchObject([{ approver: 'grace' }]);
  });
});

describe('the Handover fails', () => {
  test('asking: after 500 and 429 it is asked again, not before Retry-After, once in the end', async () => {
    handover.faults.create.push({ status: 500 }, { status: 429, headers: { 'retry-after': '2' } });
    const beganAt = Date.now();
    const { turnId, approval, id } = await askThere();
    expect(Date.now() - beganAt).toBeGreaterThanOrEqual(3_000);
    handover.resolve(id, 'approved');
    await world.end(turnId);
    const mine = handover.asked.filter(({ body }) => String(body.action).includes(approval.approvalId));
    expect(mine).toHaveLength(1);
    expect(effects).toHaveLength(1);
  });

  test('reading: what cannot be read approves nothing, and is read again', async () => {
    const { turnId, id } = await askThere();
    handover.faults.read.push({ status: 502 }, 'lost', { status: 302, headers: { location: '/elsewhere' } });
    await until('the last fault', () => handover.faults.read.length === 0);
    expect((await read(turnId))?.approvals).toMatchObject([{ status: 'pending' }]);
    handover.resolve(id, 'approved');
    await world.end(turnId);
    expect(effects).toHaveLength(1);
  });

  test('a key it does not know any more: an operator sees it, the inbox decides', async () => {
    const { turnId, approval, id } = await askThere();
    const { apiKey } = handover.state;
    handover.state.apiKey = 'another';
    handover.resolve(id, 'approved');
    try {
      expect(await failureOf(approval, 'Handover.Unauthorized')).toMatch(/COUNTERSIGN_HANDOVER_API_KEY/);
      expect((await read(turnId))?.approvals).toMatchObject([{ status: 'pending' }]);
      await world.decide(approval, { decision: 'deny' });
      expect((await world.end(turnId)).approvals).toMatchObject([{ status: 'denied' }]);
      expect(effects).toEqual([]);
    } finally {
      handover.state.apiKey = apiKey;
    }
    await question(approval).terminate();
  });

  test('a question it refuses as such: not asked, the inbox decides', async () => {
    handover.faults.create.push({ status: 422 });
    const { turnId, approval } = await ask();
    expect(await outcomeOf(approval)).toBe('not_asked');
    await world.decide(approval, {});
    await world.end(turnId);
    expect(effects).toMatchObject([{ approver: 'ada' }]);
  });

  test('a lost answer to the question: it is asked twice in the same words, and either may answer', async () => {
    handover.faults.create.push('lost');
    const { turnId, approval } = await ask('single', patient);
    const both = await until('both questions', () => {
      const mine = handover.asked.filter(({ body }) => String(body.action).includes(approval.approvalId));
      return Promise.resolve(mine.length === 2 ? mine : null);
    });
    expect(both[0]!.body).toEqual(both[1]!.body);
    expect(both[0]!.headers['idempotency-key']).toBe(both[1]!.headers['idempotency-key']);
    // The first one's id never reached us: its callback brings it.
    handover.resolve(both[0]!.id, 'approved');
    expect(await hint(String(both[0]!.body.callback_url), { id: both[0]!.id })).toBe(204);
    expect((await patient.end(turnId)).approvals).toMatchObject([
      { status: 'approved', decision: { decisionId: `handover:${both[0]!.id}` } },
    ]);
    expect(effects).toHaveLength(1);
  });
});

/** What a gateway of its own answers to a callback. */
async function hint(address: string, body: unknown): Promise<number> {
  const { entry } = createApiKey({ name: 'backoffice', tenant: TENANT, scopes: [...SCOPES] });
  const { app: gateway } = createGateway({
    ...{ client: world.client, apiKeys: [entry] },
    sessionSecret: 'a session secret of more than 32 characters',
  });
  const { pathname, search } = new URL(address);
  const path = `${pathname.replace('/base', '')}${search}`;
  const init = { method: 'POST', body: typeof body === 'string' ? body : JSON.stringify(body) };
  return (await gateway.request(path, init)).status;
}

const addressOf = async (approval: Approval): Promise<string> => {
  const { id } = await handover.decisionAbout(approval.approvalId);
  return String(handover.asked.find((one) => one.id === id)?.body.callback_url);
};

describe('a callback', () => {
  test('is a hint, whatever it says: what counts is what is read there', async () => {
    const { turnId, approval, id } = await askThere('large', patient);
    const address = await addressOf(approval);
    const looks = (count: number) => () => handover.reads.filter((one) => one.id === id).length >= count;
    // A hint that comes before it may be answered by it.
    await until('the first look', looks(1));
    expect(await hint(address, { id, status: 'approved', resolved_by: 'mallory' })).toBe(204);
    await until('a look after the hint', looks(2));
    expect((await read(turnId))?.approvals).toMatchObject([{ status: 'pending' }]);
    handover.resolve(id, 'approved');
    expect(await hint(address, 'no JSON at all')).toBe(204);
    const { approvals } = await patient.end(turnId);
    expect(approvals).toMatchObject([
      { status: 'approved', decision: { approver: { id: 'handover:bob@example.com', groups: ['finance'] } } },
    ]);
    expect(await hint(address, {})).toBe(204);
  });

  test('about somebody else’s decision approves nothing', async () => {
    const { turnId, approval, id } = await askThere('single', patient);
    const other = handover.ask('Something else that was approved');
    handover.resolve(other, 'approved');
    const address = await addressOf(approval);
    expect(await hint(address, { id: other })).toBe(204);
    await until('a look at it', () => handover.reads.some((one) => one.id === other));
    handover.resolve(id, 'denied');
    expect(await hint(address, {})).toBe(204);
    expect((await patient.end(turnId)).approvals).toMatchObject([{ status: 'denied' }]);
    expect(effects).toEqual([]);
  });

  test('at an address that was not given out is refused', async () => {
    const { turnId, approval } = await ask('single', patient);
    const address = new URL(await addressOf(approval));
    const changed = (name: string, value: string) => {
      const url = new URL(address);
      url.searchParams.set(name, value);
      return url.href;
    };
    for (const wrong of [
      changed('token', '0'.repeat(32)),
      changed('token', ''),
      changed('tenant', 'globex'),
      changed('approval', `${turnId}.aaaaaaaaaaaa`),
      changed('approval', 'x'),
    ])
      expect(await hint(wrong, {})).toBe(401);
    await patient.client.cancelTurn(TENANT, turnId);
  });
});

test('a turn without the channel starts nothing and has not one event more', async () => {
  const { turnId, approval } = await ask('wiping');
  await expect(question(approval).describe()).rejects.toThrow(/not found/i);
  await world.decide(approval, {});
  await world.end(turnId);
  const { events = [] } = await world.turn(turnId).fetchHistory();
  expect(events!.filter(({ markerRecordedEventAttributes: marker }) => marker)).toEqual([]);
  expect(events!.length).toBeLessThanOrEqual(40);
});

test('a worker without the settings does not start with an application that asks there', async () => {
  const worker = createWorker({
    app,
    provider: { apiKey: 'x', baseURL: world.provider },
    temporal: { connection: {}, namespace: 'default', taskQueue: 'none' },
  });
  await expect(worker).rejects.toThrow(
    /tool "patient".*COUNTERSIGN_HANDOVER_URL and COUNTERSIGN_HANDOVER_API_KEY/,
  );
});
