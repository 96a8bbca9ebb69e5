import { DatabaseSync } from 'node:sqlite';

import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { z } from 'zod';

import type { Decision } from '../../src/contracts/approval/decision.ts';
import { turnWorkflowId } from '../../src/contracts/ids.ts';
import { defineApp, defineAssistant, defineTool, requireApproval } from '../../src/index.ts';
import type { ApprovalRule } from '../../src/define/policy.ts';
import { openStore } from '../../src/store/store.ts';
import { startGate, type Gate } from '../../src/testing/gate.ts';
import { until } from '../../src/testing/wait.ts';
import { decide } from '../../src/workflows/messages.ts';
import { freshDatabase, type FreshDatabase } from '../store/databases.ts';
import { startPostgres, type PostgresServer } from '../support/postgres.ts';

/** A store that cannot be used, and a worker that dies: an effect has one begin and one end in the record, and happens once. */

let during: () => Promise<void> | void;
let rule: ApprovalRule;
const parameters = z.strictObject({ orderId: z.string() });
const tools = (['idempotent', 'at-most-once'] as const).map((effect) =>
  defineTool({
    ...{ name: `refund_${effect.slice(0, 2)}`, description: 'Pays money back.', parameters, effect },
    timeout: '2s',
    policy: () => requireApproval({ within: '30d', onRunDeadline: 'deny', ...rule }),
    execute: async ({ orderId }) => {
      await during();
      return `Refunded ${orderId}.`;
    },
  }),
);
const app = defineApp({
  assistants: [defineAssistant({ name: 'desk', model: 'gpt-test', instructions: 'Help.', tools })],
});
const rounds = (tool: string) => [{ calls: [{ tool, arguments: { orderId: 'A-1' } }] }];
const reply = { perOutput: [{ say: '{{output}}' }] };
const scenario = {
  rules: [
    { when: ['once'], rounds: rounds('refund_at'), reply },
    { when: ['again'], rounds: rounds('refund_id'), reply },
    {
      when: ['both'],
      rounds: [{ calls: [...rounds('refund_id'), ...rounds('refund_at')].flatMap(({ calls }) => calls) }],
      reply,
    },
  ],
  otherwise: { reply: '{{message}}' },
};
const WHOLE = ['requested', 'voted', 'settled', 'started', 'executed'];

beforeEach(() => {
  during = () => undefined;
  rule = {};
});

async function waitingOf(gate: Gate, turnId: string): Promise<string> {
  return until('an attempt that waits for the store', async () => {
    const { raw } = await gate.temporal.workflow.getHandle(turnWorkflowId(gate.tenant, turnId)).describe();
    const details = raw.pendingActivities?.[0]?.heartbeatDetails?.payloads?.[0]?.data;
    const text = details ? Buffer.from(details).toString() : '';
    return text.includes('for the store') ? text : null;
  });
}
const kinds = async (gate: Gate, approvalId: string) =>
  (await gate.store!.record.ofApproval(gate.tenant, approvalId)).map(({ kind }) => kind);

describe('a file that is locked', () => {
  let gate: Gate;
  let database: FreshDatabase;
  beforeAll(async () => {
    database = await freshDatabase('sqlite');
    gate = await startGate({ app, scenario, store: database.url, patience: '45s' });
  });
  afterAll(async () => {
    await gate.close();
    await database.remove();
  });
  const locked = () => {
    const other = new DatabaseSync(database.url.slice('sqlite:'.length));
    other.exec('begin exclusive');
    return { unlock: () => other.close() };
  };
  const ask = async (message: string) => {
    const turn = await gate.say(message, { user: 'ada' });
    return { turn, card: await turn.asked() };
  };

  test.each(['again', 'once'])(
    'before the effect: it waits and says so, longer than the tool may take, then happens once (%s)',
    async (message) => {
      const { turn, card } = await ask(message);
      const { unlock } = locked();
      expect(await card.approve({ as: 'grace' })).toMatchObject({ outcome: 'applied' });
      expect(await waitingOf(gate, turn.turnId)).toContain('is locked by another process');
      expect(gate.effects().filter(({ idempotencyKey }) => idempotencyKey === card.approvalId)).toEqual([]);
      unlock();
      expect(await turn.reply()).toBe('Refunded A-1.');
      expect(await kinds(gate, card.approvalId)).toEqual(WHOLE);
      expect(gate.effects().filter(({ idempotencyKey }) => idempotencyKey === card.approvalId)).toHaveLength(
        1,
      );
    },
  );

  test('before the effect, and the worker is killed while it waits: an at-most-once effect still happens once', async () => {
    const { turn, card } = await ask('once');
    const { unlock } = locked();
    await card.approve({ as: 'grace' });
    await waitingOf(gate, turn.turnId);
    await gate.kill('worker', { restart: false });
    unlock();
    await gate.restart('worker');
    expect(await turn.reply()).toBe('Refunded A-1.');
    expect(await kinds(gate, card.approvalId)).toEqual(WHOLE);
  });

  test('before the effect, and the turn is cancelled: nothing happens, and the record says so', async () => {
    const { turn, card } = await ask('again');
    const { unlock } = locked();
    await card.approve({ as: 'grace' });
    await waitingOf(gate, turn.turnId);
    await gate.client.cancelTurn(gate.tenant, turn.turnId);
    await until('the effect is given up', async () => {
      const read = await gate.client.getTurn(gate.tenant, turn.turnId);
      return read?.approvals[0]?.outcome === 'executing' ? null : true;
    }).finally(unlock);
    await turn.ended();
    expect(await kinds(gate, card.approvalId)).toEqual(['requested', 'voted', 'settled', 'stale']);
    expect(gate.effects().filter(({ idempotencyKey }) => idempotencyKey === card.approvalId)).toEqual([]);
  });

  test('when the question is asked: people see it, and it is written before the effect', async () => {
    const { unlock } = locked();
    const { turn, card } = await ask('again').finally(unlock);
    await card.approve({ as: 'grace' });
    await turn.reply();
    expect(await kinds(gate, card.approvalId)).toEqual(WHOLE);
  });

  test('while a question waits to be written: what is decided meanwhile is written, too', async () => {
    const { unlock } = locked();
    const turn = await gate.say('both', { user: 'ada' });
    const [first, second] = [await turn.asked('refund_id'), await turn.asked('refund_at')];
    await first.respond('Ask again.', { as: 'grace' });
    unlock();
    await expect.poll(() => kinds(gate, second.approvalId)).toEqual(['requested']);
    await second.respond('Ask again.', { as: 'grace' });
    await turn.reply();
    for (const { approvalId } of [first, second])
      expect(await kinds(gate, approvalId)).toEqual(['requested', 'voted', 'settled']);
  });

  test('after the effect: what came of it is not lost, and nothing happens twice', async () => {
    const { turn, card } = await ask('again');
    let unlock = (): void => undefined;
    during = () => {
      ({ unlock } = locked());
    };
    await card.approve({ as: 'grace' });
    await until('the run is over at the provider', async () => {
      const { raw } = await gate.temporal.workflow
        .getHandle(turnWorkflowId(gate.tenant, turn.turnId))
        .describe();
      const [pending] = raw.pendingActivities ?? [];
      return pending?.activityType?.name === 'writeRecordAtLast' ? true : null;
    }).finally(() => unlock());
    expect(await turn.reply()).toBe('Refunded A-1.');
    expect(await kinds(gate, card.approvalId)).toEqual(WHOLE);
    expect(gate.effects().filter(({ idempotencyKey }) => idempotencyKey === card.approvalId)).toHaveLength(1);
  });

  test.each([
    ['again', 'Refunded A-1.', 'executed'],
    ['once', 'The outcome of "refund_at" is unknown', 'unknown'],
  ] as const)('a worker killed in the middle of an effect (%s)', async (message, words, end) => {
    const { turn, card } = await ask(message);
    let begun = (): void => undefined;
    const hasBegun = new Promise<void>((resolve) => (begun = resolve));
    during = () => {
      during = () => undefined;
      begun();
      return new Promise(() => undefined);
    };
    await card.approve({ as: 'grace' });
    await hasBegun;
    await gate.kill('worker');
    expect(await turn.reply()).toContain(words);
    expect(await kinds(gate, card.approvalId)).toEqual([...WHOLE.slice(0, 4), end]);
  });
});

describe('PostgreSQL', () => {
  let server: PostgresServer;
  beforeAll(async () => (server = await startPostgres()));
  afterAll(() => server.remove());

  test('that is stopped before the effect: it waits, and happens once when the server is back', async () => {
    const { url } = await freshDatabase('postgres', server.url);
    await using gate = await startGate({ app, scenario, store: url, patience: '45s' });
    const turn = await gate.say('once', { user: 'ada' });
    const card = await turn.asked();
    await server.stop();
    await card.approve({ as: 'grace' });
    expect(await waitingOf(gate, turn.turnId)).toContain('ECONNREFUSED');
    // A worker that starts meanwhile takes its turns up, too.
    await gate.kill('worker');
    const paths = ['/v1/record', `/v1/record/approvals/${card.approvalId}`];
    for (const path of paths) {
      const { status, headers } = await gate.gateway.fetch(path);
      expect([path, status, headers.get('retry-after')]).toEqual([path, 503, '5']);
    }
    expect((await gate.gateway.fetch('/metrics')).status).toBe(200);
    await server.start();
    expect(await turn.reply()).toBe('Refunded A-1.');
    for (const path of paths) expect((await gate.gateway.fetch(path)).status).toBe(200);
    const store = await openStore({ url });
    const entries = await store.record.ofApproval(gate.tenant, card.approvalId);
    await store.close();
    expect(entries.map(({ kind }) => kind)).toEqual(WHOLE);
  });

  test('that is stopped, no grant lets a call through: people are asked, and it holds again once the server is back', async () => {
    const { url } = await freshDatabase('postgres', server.url);
    await using gate = await startGate({ app, scenario, store: url, patience: '45s' });
    rule = { mayGrant: { forMs: '1h' } };
    const first = await gate.say('again', { user: 'ada' });
    await (await first.asked()).approve({ as: 'grace', grant: true });
    await first.reply();
    const same = { user: 'ada', conversationId: first.conversationId };
    await server.stop();
    const turn = await gate.say('again', same);
    const card = await turn.asked();
    expect(card.approval.byGrant).toBeUndefined();
    expect(gate.effects()).toHaveLength(1);
    await gate.client.cancelTurn(gate.tenant, turn.turnId);
    await server.start();
    const later = await gate.say('again', same);
    expect(await later.reply()).toBe('Refunded A-1.');
    expect((await later.read()).approvals[0]?.byGrant).toMatchObject({ by: ['grace'] });
  });

  test('a decision under a rule waits and says so: only who still has the right gives a vote', async () => {
    const { url } = await freshDatabase('postgres', server.url);
    await using gate = await startGate({ app, scenario, store: url, patience: '45s' });
    await gate.store!.revocations.revoke(gate.tenant, 'eve');
    rule = { approvers: ['finance'] };
    const turn = await gate.say('again', { user: 'ada' });
    const card = await turn.asked();
    const { approvalId } = card;
    const holder = gate.temporal.workflow.getHandle(turnWorkflowId(gate.tenant, turn.turnId));
    await server.stop();
    for (const id of ['eve', 'grace']) {
      const approver = { id, groups: ['finance'] };
      const decision: Decision = {
        approvalId,
        decisionId: `by-${id}`,
        decision: 'approve',
        approver,
        ...SENT,
      };
      await holder.signal(decide, decision);
    }
    await until('two decisions that wait', async () => {
      const { raw } = await holder.describe();
      const said = raw.pendingActivities?.map(({ lastFailure }) => lastFailure?.message ?? '') ?? [];
      return said.filter((words) => words.startsWith('Waiting for the store')).length === 2 ? true : null;
    });
    expect(await card.read()).toMatchObject({ status: 'pending' });
    await server.start();
    expect(await turn.reply()).toBe('Refunded A-1.');
    expect(await card.read()).toMatchObject({ status: 'approved', decision: { decisionId: 'by-grace' } });
  });
});
const SENT = { decidedAt: '2026-03-01T12:00:00.000Z', source: 'signal' };
