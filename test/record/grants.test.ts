import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';

import { readKeys, readSigningKey, verifyExport, type SigningKey } from '@countersign/receipts';
import type { Context } from '@temporalio/activity';
import type { ActivityExecuteInput } from '@temporalio/worker';
import { exportJWK, generateKeyPair } from 'jose';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { z } from 'zod';

import { billedActions } from '../../bench/history-cost.ts';
import { turnWorkflowId } from '../../src/contracts/ids.ts';
import type { NewDecision } from '../../src/contracts/approval/decision.ts';
import type { ExecuteInput } from '../../src/contracts/steps.ts';
import { boundDigest } from '../../src/contracts/approval/narrower.ts';
import {
  allow,
  defineApp,
  defineAssistant,
  defineTool,
  forbid,
  requireApproval,
  type Verdict,
} from '../../src/index.ts';
import { revokeGrant } from '../../src/record/grants.ts';
import { createProofs } from '../../src/record/proof.ts';
import type { GrantRow } from '../../src/store/approvals/rows.ts';
import type { KeptGrant } from '../../src/store/grants.ts';
import { startGate, type Gate, type Turn } from '../../src/testing/gate.ts';
import { until } from '../../src/testing/wait.ts';
import { testFolder } from '../support/folder.ts';

/** "Approve this, and the same for an hour": what a grant lets through, and everything that it does not. */

const BASE = { within: '30d', onRunDeadline: 'deny' } as const;
const HOUR = { mayGrant: { forMs: 3_600_000, narrowerBy: ['amountCents'] } };
const GRANTS = requireApproval({ ...BASE, ...HOUR });
let policy: Verdict = GRANTS;
let precondition: { ok: true } | { ok: false; reason: string } = { ok: true };
/** Runs after the review of a call, before the activity with its effect. */
let between: (input: ExecuteInput) => unknown = () => undefined;

const parameters = z.strictObject({ orderId: z.string(), amountCents: z.int() });
const tools = (['refund', 'credit'] as const).map((name) =>
  defineTool({
    ...{ name, description: 'Pays money back.', parameters, effect: 'idempotent' },
    policy: () => policy,
    precondition: () => precondition,
    execute: ({ orderId, amountCents }) => `Paid ${amountCents} for ${orderId}.`,
  }),
);
const about = { model: 'gpt-test', instructions: 'Help.', tools };
const app = defineApp({
  assistants: [defineAssistant({ name: 'desk', ...about }), defineAssistant({ name: 'other', ...about })],
});
const call = (orderId: string, amountCents: number, tool = 'refund') => ({
  tool,
  arguments: { orderId, amountCents },
});
const reply = { perOutput: [{ say: '{{output}}' }] };
const scenario = {
  rules: [
    { when: ['whole'], rounds: [{ calls: [call('A-1', 4_200)] }], reply },
    { when: ['less'], rounds: [{ calls: [call('A-1', 4_000)] }], reply },
    { when: ['more'], rounds: [{ calls: [call('A-1', 4_201)] }], reply },
    { when: ['negative'], rounds: [{ calls: [call('A-1', -1)] }], reply },
    { when: ['other order'], rounds: [{ calls: [call('A-2', 4_200)] }], reply },
    { when: ['other tool'], rounds: [{ calls: [call('A-1', 4_200, 'credit')] }], reply },
    { when: ['both'], rounds: [{ calls: [call('A-1', 4_200), call('A-1', 100)] }], reply },
  ],
  otherwise: { reply: '{{message}}' },
};

let gate: Gate;
let key: SigningKey;
let database: DatabaseSync;
beforeAll(async () => {
  const path = join(testFolder(), 'store.sqlite');
  const { privateKey } = await generateKeyPair('EdDSA', { crv: 'Ed25519', extractable: true });
  key = await readSigningKey(await exportJWK(privateKey));
  gate = await startGate({
    ...{ app, scenario, store: `sqlite:${path}`, patience: '45s', signingKey: key },
    worker: {
      trustedKeys: await readKeys({ keys: [key.publicJwk] }),
      interceptors: {
        activity: [
          ({ info }: Context) => ({
            inbound: {
              async execute(
                input: ActivityExecuteInput,
                next: (input: ActivityExecuteInput) => Promise<unknown>,
              ) {
                if (info.activityType.startsWith('execute')) await between(input.args[0] as ExecuteInput);
                return next(input);
              },
            },
          }),
        ],
      },
    },
  });
  database = new DatabaseSync(path, { timeout: 10_000 });
});
afterAll(async () => {
  database.close();
  await gate.close();
});
beforeEach(() => {
  policy = GRANTS;
  precondition = { ok: true };
  between = () => undefined;
});

const store = () => gate.store!;
const entries = (approvalId: string) => store().record.ofApproval(gate.tenant, approvalId);
const kinds = async (approvalId: string) => (await entries(approvalId)).map(({ kind }) => kind);
const find = (grantId: string) => store().grants.find(gate.tenant, grantId);
const revoke = (grantId: string) =>
  revokeGrant(store(), gate.tenant, grantId, { by: { id: 'carol' }, nowMs: gate.now() });
/** Workers and turns tell the time apart by some milliseconds. */
const SKEW_MS = 500;
const ended = (at: string) => until('the end of the grant', () => gate.now() > Date.parse(at) + SKEW_MS);
const boundOf = (grant: KeptGrant) => boundDigest({ ...grant, tenant: gate.tenant }, grant.terms);
const effects = (turn: Turn) =>
  gate.effects().filter(({ idempotencyKey }) => idempotencyKey.startsWith(turn.turnId));

/** A conversation in which grace has approved a refund of 4200, and the same for an hour. */
async function granted(more: { user?: string; grant?: true | { forMs: number } } = {}) {
  const { user = 'ada', grant = true } = more;
  const turn = await gate.say('whole', { user });
  const card = await turn.asked();
  await card.approve({ as: 'grace', grant });
  await turn.reply();
  const { conversationId } = turn;
  return { turn, grantId: card.approvalId, conversationId, user };
}

type Given = Awaited<ReturnType<typeof granted>>;
const again = ({ conversationId, user }: Given, message: string, more: object = {}) =>
  gate.say(message, { conversationId, user, ...more });

/** It waits for people, and they are asked in the usual way: nothing has run. */
async function expectAsked(turn: Turn) {
  const card = await turn.asked();
  expect(card.approval.byGrant).toBeUndefined();
  expect(effects(turn)).toEqual([]);
  await card.deny({ as: 'grace' });
  await turn.reply();
  return card;
}

test('the same and narrower calls run without anybody being asked, and each names the grant', async () => {
  const given = await granted();
  const grant = (await find(given.grantId))!;
  expect(grant).toMatchObject({ terms: HOUR.mayGrant, arguments: { amountCents: 4_200 } });
  for (const message of ['whole', 'less', 'both']) {
    const turn = await again(given, message);
    expect(await turn.reply()).toContain('Paid');
    const { approvals } = await turn.read();
    for (const { approvalId, status, byGrant, decision, outcome } of approvals) {
      expect({ status, outcome, byGrant }).toEqual({
        ...{ status: 'approved', outcome: 'executed' },
        byGrant: { grantId: given.grantId, by: ['grace'], until: grant.until },
      });
      expect(decision).toMatchObject({ approver: { id: 'grace' }, source: 'grant' });
      expect(await kinds(approvalId)).toEqual(['requested', 'settled', 'started', 'executed']);
      expect((await entries(approvalId))[1]).toMatchObject({ status: 'approved', grantId: given.grantId });
      const listed = await store().index.one(gate.tenant, approvalId);
      expect(listed).toMatchObject({ status: 'approved', card: { byGrant: { by: ['grace'] } } });
    }
    expect(effects(turn)).toHaveLength(message === 'both' ? 2 : 1);
  }
});

test('a grant is an entry with its terms and its end, and each vote for it is signed with what it lets through', async () => {
  const { grantId } = await granted();
  const told = await entries(grantId);
  expect(told.map(({ kind }) => kind)).toEqual([
    ...['requested', 'voted', 'settled', 'granted', 'started', 'executed'],
  ]);
  const { until: ends } = (await find(grantId))!;
  const terms = { forMs: 3_600_000, narrowerBy: ['amountCents'], boundTo: 'conversation' };
  expect(told[0]?.rule).toEqual({ mayGrant: terms });
  expect(told[1]).toMatchObject({ grant: terms });
  expect(told[3]).toMatchObject({ kind: 'granted', grantId, grant: terms, until: ends });
});

test('a turn that a grant lets through costs no more events and actions than one that people approve', async () => {
  const turn = await again(await granted(), 'whole');
  await turn.reply();
  const handle = gate.temporal.workflow.getHandle(turnWorkflowId(gate.tenant, turn.turnId));
  await handle.result();
  const { events = [] } = await handle.fetchHistory();
  expect(events?.length).toBeLessThanOrEqual(30);
  expect(billedActions(events ?? [])).toBeLessThanOrEqual(10);
});

test('without the tick nothing more is let through', async () => {
  const turn = await gate.say('whole', { user: 'ada' });
  const card = await turn.asked();
  await card.approve({ as: 'grace' });
  await turn.reply();
  expect(await find(card.approvalId)).toBeNull();
  await expectAsked(await gate.say('whole', { user: 'ada', conversationId: turn.conversationId }));
});

describe('a call is asked about', () => {
  test.each(['more', 'negative', 'other order', 'other tool'])('that is for %s', async (message) => {
    await expectAsked(await again(await granted(), message));
  });

  test('in another conversation, for another user, by another assistant', async () => {
    const given = await granted();
    await expectAsked(await gate.say('whole', { user: 'ada' }));
    await expectAsked(await again(given, 'whole', { user: 'bob' }));
    await expectAsked(await again(given, 'whole', { assistant: 'other' }));
  });

  test('of another tenant', async () => {
    const { grantId } = await granted();
    const grant = (await find(grantId))!;
    const look = (tenant: string) =>
      store().grants.matching(tenant, { bound: boundOf(grant), nowMs: gate.now() });
    expect(await look(gate.tenant)).not.toEqual([]);
    expect(await look('umbrella')).toEqual([]);
    expect(await store().grants.find('umbrella', grantId)).toBeNull();
  });

  test('once the grant has been taken back, and its entry says by whom', async () => {
    const given = await granted();
    expect(await revoke(given.grantId)).toMatchObject({ revoked: { by: 'carol' } });
    await revoke(given.grantId);
    await expectAsked(await again(given, 'whole'));
    const told = await entries(given.grantId);
    expect(told.filter(({ kind }) => kind === 'grant-revoked')).toMatchObject([{ person: { id: 'carol' } }]);
  });

  test('once who gave it has lost the right to decide', async () => {
    const turn = await gate.say('whole', { user: 'ada' });
    const card = await turn.asked();
    await card.approve({ as: 'eve', grant: true });
    await turn.reply();
    await store().revocations.revoke(gate.tenant, 'eve');
    await expectAsked(await gate.say('whole', { user: 'ada', conversationId: turn.conversationId }));
  });

  test('after its end', async () => {
    const given = await granted({ grant: { forMs: 1_000 } });
    const { until: ends } = (await find(given.grantId))!;
    await ended(ends);
    await expectAsked(await again(given, 'whole'));
  });

  test.each<[string, Verdict]>([
    ['more people', requireApproval({ ...BASE, ...HOUR, quorum: { approve: 2 } })],
    ['a group that the grant has nobody of', requireApproval({ ...BASE, ...HOUR, approvers: ['board'] })],
    ['no grants any more', requireApproval(BASE)],
    ['shorter grants', requireApproval({ ...BASE, mayGrant: { forMs: 1, narrowerBy: ['amountCents'] } })],
    ['grants of the same amount only', requireApproval({ ...BASE, mayGrant: { forMs: 3_600_000 } })],
    ['a fresher approval', requireApproval({ ...BASE, ...HOUR, freshFor: 1 })],
    ['a passkey', requireApproval({ ...BASE, ...HOUR, auth: { passkey: true } })],
  ])('when the policy wants %s by now', async (_, stricter) => {
    const given = await granted();
    policy = stricter;
    const turn = await again(given, 'whole');
    const card = await turn.asked();
    expect(card.approval.byGrant).toBeUndefined();
    expect(effects(turn)).toEqual([]);
    await gate.client.cancelTurn(gate.tenant, turn.turnId);
  });
});

test('what the policy forbids no grant lets through', async () => {
  const given = await granted();
  policy = forbid('No refunds on Sundays.');
  const turn = await again(given, 'whole');
  expect(await turn.reply()).toContain('No refunds on Sundays.');
  expect(effects(turn)).toEqual([]);
});

test('the precondition is asked all the same', async () => {
  const given = await granted();
  precondition = { ok: false, reason: 'The order is paid back.' };
  const turn = await again(given, 'whole');
  expect(await turn.reply()).toContain('The order is paid back.');
  expect(effects(turn)).toEqual([]);
});

describe('between the review and the effect', () => {
  const asksAgain = async (given: Given, why: string) => {
    const turn = await again(given, 'whole');
    const card = await turn.asked();
    expect(card.approval.byGrant).toBeUndefined();
    expect(card.approval.askedBefore).toMatchObject({ approvedBy: ['grace'] });
    expect(card.approval.askedBefore?.why).toContain(why);
    expect(effects(turn)).toEqual([]);
    between = () => undefined;
    const before = card.approval.askedBefore!.approvalId;
    expect(await kinds(before)).toEqual(['requested', 'settled', 'stale']);
    await card.approve({ as: 'grace' });
    await turn.reply();
    expect(effects(turn)).toHaveLength(1);
  };

  test('it was taken back: nothing runs, and people are asked', async () => {
    const given = await granted();
    between = () => revoke(given.grantId);
    await asksAgain(given, 'taken back by carol');
  });

  test('it ended: nothing runs, and people are asked', async () => {
    const given = await granted({ grant: { forMs: 8_000 } });
    const { until: ends } = (await find(given.grantId))!;
    between = () => ended(ends);
    await asksAgain(given, 'ended at');
  });

  test('who gave it lost the right to decide: nothing runs, and others are asked', async () => {
    const given = await granted();
    between = () => store().revocations.revoke(gate.tenant, 'grace');
    await asksAgain(given, 'right of grace').catch((error: unknown) => {
      // grace cannot approve once more.
      expect(String(error)).toContain('revoked');
    });
    await store().revocations.restore(gate.tenant, 'grace');
  });

  test('the policy became stricter: nothing runs, and it is asked by the new rule', async () => {
    const given = await granted();
    between = () => {
      policy = requireApproval({ ...BASE, quorum: { approve: 1 }, reason: 'Grants are over.' });
    };
    await asksAgain(given, 'lets nobody approve later calls');
  });

  test('it was erased with its approval: nothing runs, and people are asked', async () => {
    const given = await granted();
    between = () => store().index.forgetText(gate.tenant, given.grantId);
    await asksAgain(given, 'not known any more');
  });
});

describe('while nothing can be written to the store', () => {
  const lock = () => database.exec('begin exclusive');
  const free = () => database.exec('commit');
  const waitsForStore = (turn: Turn) =>
    until('an effect that waits for the store', async () => {
      const handle = gate.temporal.workflow.getHandle(turnWorkflowId(gate.tenant, turn.turnId));
      const { raw } = await handle.describe();
      const [details] = raw.pendingActivities?.[0]?.heartbeatDetails?.payloads ?? [];
      return Buffer.from(details?.data ?? [])
        .toString()
        .includes('for the store')
        ? true
        : null;
    });

  test('an effect that had been let through waits, and happens once', async () => {
    const given = await granted();
    between = lock;
    const turn = await again(given, 'whole');
    await waitsForStore(turn);
    expect(effects(turn)).toEqual([]);
    free();
    expect(await turn.reply()).toContain('Paid 4200');
    expect(effects(turn)).toHaveLength(1);
  });

  test('and the grant is taken back meanwhile, the effect does not happen, and people are asked', async () => {
    const given = await granted();
    between = lock;
    const turn = await again(given, 'whole');
    await waitsForStore(turn);
    const take = database.prepare(
      "update grants set revoked_at = 1, revoked_by = 'carol' where grant_id = ?",
    );
    take.run(given.grantId);
    between = () => undefined;
    free();
    const card = await turn.asked();
    expect(card.approval.askedBefore?.why).toContain('taken back by carol');
    expect(effects(turn)).toEqual([]);
    await card.deny({ as: 'grace' });
    await turn.reply();
  });
});

test('two turns at once pass by one grant, and each call has one effect', async () => {
  const one = await granted({ user: 'zoe' });
  const turns = await Promise.all([again(one, 'whole'), again(one, 'both'), again(one, 'less')]);
  for (const turn of turns) await turn.reply();
  expect(turns.map((turn) => effects(turn).length)).toEqual([1, 2, 1]);
});

test('an edit grants the edited arguments, which are kept once', async () => {
  const turn = await gate.say('whole', { user: 'ada' });
  const card = await turn.asked();
  await card.edit({ orderId: 'A-1', amountCents: 4_000 }, { as: 'grace', grant: true });
  await turn.reply();
  const given = { ...{ turn, grantId: card.approvalId, user: 'ada' }, conversationId: turn.conversationId };
  const grant = (await find(card.approvalId))!;
  expect(grant).toMatchObject({ arguments: { amountCents: 4_000 }, votes: [{ decision: 'edit' }] });
  expect(grant.votes[0]).not.toHaveProperty('arguments');
  const less = await again(given, 'less');
  await less.reply();
  expect((await less.read()).approvals[0]?.byGrant).toMatchObject({ grantId: card.approvalId });
  await expectAsked(await again(given, 'whole'));
});

test('whoever was shown other terms than the policy has by now gives no grant, though the arguments are the same', async () => {
  policy = requireApproval({ ...BASE, ...HOUR, quorum: { approve: 2 } });
  const turn = await gate.say('whole', { user: 'ada' });
  const card = await turn.asked();
  const shown = card.approval.rule!.mayGrant!;
  policy = requireApproval({
    ...{ ...BASE, quorum: { approve: 2 } },
    mayGrant: { forMs: '7d', narrowerBy: ['amountCents'], boundTo: 'requester' },
  });
  await card.edit({ orderId: 'A-1', amountCents: 4_200 }, { as: 'edda' });
  const { argumentsDigest } = await card.read();
  expect(argumentsDigest).toBe(card.argumentsDigest);
  await expect(card.approve({ as: 'grace', grant: shown })).rejects.toThrow('must be what the policy allows');
  await gate.client.cancelTurn(gate.tenant, turn.turnId);
});

test('with boundTo "requester" it holds in every conversation of the same requester', async () => {
  policy = requireApproval({ ...BASE, mayGrant: { ...HOUR.mayGrant, boundTo: 'requester' } });
  await granted({ user: 'rita' });
  const turn = await gate.say('less', { user: 'rita' });
  expect(await turn.reply()).toContain('Paid 4000');
  await expectAsked(await gate.say('less', { user: 'rob' }));
});

describe('with a quorum', () => {
  const two = requireApproval({ ...BASE, ...HOUR, quorum: { approve: 2, deny: 2 } });
  const voted = async (votes: ('grant' | 'plain' | 'deny')[]) => {
    policy = two;
    const turn = await gate.say('whole', { user: 'ada' });
    const card = await turn.asked();
    for (const [index, vote] of votes.entries()) {
      const by = { as: `person-${index}`, ...(vote === 'grant' && { grant: true as const }) };
      await (vote === 'deny' ? card.deny(by) : card.approve(by));
    }
    await turn.reply();
    return { turn, grantId: card.approvalId, conversationId: turn.conversationId, user: 'ada' };
  };

  test('everybody who counts must have asked for it', async () => {
    const given = await voted(['grant', 'grant']);
    const turn = await again(given, 'less');
    await turn.reply();
    expect((await turn.read()).approvals[0]?.byGrant?.by).toEqual(['person-0', 'person-1']);
  });

  test.each<[string, ('grant' | 'plain' | 'deny')[]]>([
    ['the first has not asked for it', ['plain', 'grant']],
    ['the last has not asked for it', ['grant', 'plain']],
    ['somebody was against it', ['grant', 'deny', 'grant']],
  ])('%s: no grant', async (_, votes) => {
    const given = await voted(votes);
    expect(await find(given.grantId)).toBeNull();
    await expectHeld(await again(given, 'whole'));
  });

  test('a vote with a grant that is sent again after an edit counts once, though the policy has other terms by now', async () => {
    policy = two;
    const turn = await gate.say('whole', { user: 'ada' });
    const card = await turn.asked();
    const sent = {
      ...{ decisionId: 'sent-twice', decision: 'approve' as const, grant: true as const },
      ...{ approver: { id: 'ada' }, argumentsDigest: card.argumentsDigest },
    };
    expect(await card.decide(sent)).toMatchObject({ outcome: 'voted' });
    const now = async (id: string, decision: Partial<NewDecision>) => {
      const { argumentsDigest } = await card.read();
      return card.decide({ ...decision, approver: { id }, argumentsDigest });
    };
    for (const [amountCents, mayGrant] of [[4_000, { forMs: '2h' }] as const, [3_900] as const]) {
      policy = requireApproval({ ...BASE, quorum: { approve: 2, deny: 2 }, ...(mayGrant && { mayGrant }) });
      await now('grace', { decision: 'edit', arguments: { orderId: 'A-1', amountCents } });
      expect((await card.read()).arguments).toMatchObject({ amountCents });
      expect(await card.decide(sent)).toMatchObject({ outcome: 'duplicate' });
    }
    for (const id of ['alan', 'edda']) await now(id, { decision: 'deny' });
    await turn.reply();
    expect(await card.decide(sent)).toMatchObject({ outcome: 'duplicate' });
    expect(await card.decide({ ...sent, decisionId: 'too-late' })).toMatchObject({ outcome: 'conflict' });
  });

  async function expectHeld(turn: Turn) {
    await turn.asked();
    expect(effects(turn)).toEqual([]);
    await gate.client.cancelTurn(gate.tenant, turn.turnId);
  }
});

describe('nobody can give', () => {
  test.each<[string, Verdict, object, string]>([
    [
      'a grant that the policy does not let',
      requireApproval(BASE),
      { grant: true },
      'lets nobody approve later calls',
    ],
    ['a longer one than the policy lets', GRANTS, { grant: { forMs: 3_600_001 } }, 'at most 3600000 ms'],
    [
      'one by right of emergency',
      requireApproval({ ...BASE, ...HOUR, breakGlass: { groups: ['on-call'] } }),
      { grant: true, breakGlass: true, groups: ['on-call'], note: 'The bank is on fire.' },
      'right of emergency',
    ],
  ])('%s', async (_, verdict, by, why) => {
    policy = verdict;
    const turn = await gate.say('whole', { user: 'ada' });
    const card = await turn.asked();
    await expect(card.approve({ as: 'grace', ...by })).rejects.toThrow(why);
    await card.deny({ as: 'grace' });
    await turn.reply();
    expect(await find(card.approvalId)).toBeNull();
  });

  test('one with a denial', async () => {
    const turn = await gate.say('whole', { user: 'ada' });
    const card = await turn.asked();
    const denial = {
      decision: 'deny',
      approver: { id: 'grace' },
      argumentsDigest: card.argumentsDigest,
    } as const;
    expect(await card.decide({ ...denial, grant: true })).toMatchObject({
      outcome: 'refused',
      reason: 'not_possible',
    });
    await card.deny({ as: 'grace' });
    await turn.reply();
  });
});

test('over HTTP it is given, listed and taken back', async () => {
  const turn = await gate.say('whole', { user: 'ada' });
  const { approvalId, argumentsDigest } = await turn.asked();
  const decided = await gate.gateway.fetch(`/v1/approvals/${approvalId}/decision`, {
    body: JSON.stringify({ decision: 'approve', argumentsDigest, grant: { forMs: 600_000 } }),
  });
  expect(await decided.json()).toMatchObject({ outcome: 'applied' });
  await turn.reply();
  const given = { ...{ turn, grantId: approvalId, user: 'ada' }, conversationId: turn.conversationId };
  await (await again(given, 'less')).reply();
  const { grants } = (await (await gate.gateway.fetch('/v1/grants')).json()) as {
    grants: { grantId: string }[];
  };
  const mine = grants.find(({ grantId }) => grantId === approvalId);
  expect(mine).toMatchObject({ by: ['tester'], tool: 'refund', terms: { forMs: 600_000 } });
  const remove = (id: string) => gate.gateway.fetch(`/v1/grants/${id}`, { method: 'DELETE' });
  expect((await remove(`${turn.turnId}.unknown00`)).status).toBe(404);
  expect(await (await remove(approvalId)).json()).toMatchObject({ revoked: { by: 'tester' } });
  expect((await remove(approvalId)).status).toBe(200);
  await expectAsked(await again(given, 'less'));
});

describe('a forged grant lets nothing through', () => {
  const forge = async (change: (grant: KeptGrant) => KeptGrant) => {
    const given = await granted();
    const grant = (await find(given.grantId))!;
    await revoke(given.grantId);
    const forged = change({ ...grant, grantId: `${given.turn.turnId}.forged00${forgeries++}` });
    const row: GrantRow = { ...forged, bound: boundOf(forged) };
    const change_ = { entryId: 'forged', is: 'granted' as const, approvalId: row.grantId, grant: row };
    await store().record.append(gate.tenant, [], [], { changes: [change_] });
    expect(await find(row.grantId)).not.toBeNull();
    return given;
  };
  let forgeries = 10;

  test.each<[string, (grant: KeptGrant) => KeptGrant]>([
    ['whose votes were signed for another approval', (grant) => grant],
    [
      'whose votes nobody has signed',
      (grant) => ({ ...grant, votes: grant.votes.map(({ attestation: _, ...vote }) => vote) }),
    ],
    [
      'whose votes were signed without a grant',
      (grant) => ({
        ...grant,
        votes: grant.votes.map((vote) => ({ ...vote, grant: { ...grant.terms, forMs: 7_200_000 } })),
      }),
    ],
    ['without votes', (grant) => ({ ...grant, votes: [] })],
  ])('%s', async (_, change) => {
    await expectAsked(await again(await forge(change), 'whole'));
  });

  test.each<[string, (grant: KeptGrant) => KeptGrant, string]>([
    [
      'a larger amount',
      (grant) => ({ ...grant, arguments: { ...grant.arguments, amountCents: 9_000 } }),
      'more',
    ],
    [
      'another order',
      (grant) => ({ ...grant, arguments: { ...grant.arguments, orderId: 'A-2' } }),
      'other order',
    ],
    ['another tool', (grant) => ({ ...grant, tool: 'credit' }), 'other tool'],
    [
      'a number more that may be less',
      (grant) => ({ ...grant, terms: { ...grant.terms, narrowerBy: ['amountCents', 'orderId'] } }),
      'other order',
    ],
    ['none of its votes', (grant) => ({ ...grant, votes: [] }), 'whole'],
  ])('a good one that was given %s in the store', async (_, change, message) => {
    const given = await granted();
    rewrite(change((await find(given.grantId))!));
    await expectAsked(await again(given, message));
  });

  test('a good one that was given a later end in the store', async () => {
    const given = await granted({ grant: { forMs: 1_000 } });
    const grant = (await find(given.grantId))!;
    await ended(grant.until);
    const later = (ms: number) => new Date(gate.now() + ms).toISOString();
    rewrite({ ...grant, until: later(7_200_000), givenAt: later(7_000_000) });
    await expectAsked(await again(given, 'whole'));
  });

  test('a good one that was given a later beginning in the store is no fresher', async () => {
    policy = requireApproval({ ...BASE, ...HOUR, freshFor: '2s' });
    const given = await granted();
    const grant = (await find(given.grantId))!;
    await until('it is too old', () => gate.now() > Date.parse(grant.givenAt) + 2_000 + SKEW_MS);
    rewrite({ ...grant, givenAt: new Date(gate.now() + 60_000).toISOString() });
    await expectAsked(await again(given, 'whole'));
  });
});

test('a workflow that says that it is earlier makes no grant hold that has ended', async () => {
  const given = await granted({ grant: { forMs: 8_000 } });
  const { until: ends } = (await find(given.grantId))!;
  between = async ({ approval }) => {
    await ended(ends);
    approval!.toRunAt = new Date(Date.parse(ends) - 60_000).toISOString();
  };
  const turn = await again(given, 'whole');
  expect((await turn.asked()).approval.askedBefore?.why).toContain('ended at');
  expect(effects(turn)).toEqual([]);
  await gate.client.cancelTurn(gate.tenant, turn.turnId);
});

/** As whoever can write to the store would. */
function rewrite(grant: KeptGrant): void {
  const { grantId, tool, until: ends } = grant;
  const sent = database.prepare(
    'update grants set body = ?, tool = ?, bound = ?, ends_at = ? where tenant = ? and grant_id = ?',
  );
  const bound = boundOf(grant);
  const { changes } = sent.run(JSON.stringify(grant), tool, bound, Date.parse(ends), gate.tenant, grantId);
  expect(changes).toBe(1);
}

test('a policy that allows such calls by now lets them run without a grant', async () => {
  const given = await granted();
  policy = allow();
  const turn = await again(given, 'whole');
  await turn.reply();
  expect((await turn.read()).approvals).toEqual([]);
});

test('the record of all that holds for whoever verifies it, with the keys alone', async () => {
  const proofs = createProofs(store(), { jwks: { keys: [key.publicJwk] } });
  const lines = async function* () {
    for await (const line of proofs.exportLines(gate.tenant)) yield Buffer.from(line);
  };
  const report = await verifyExport(lines(), { keys: await readKeys({ keys: [key.publicJwk] }) });
  expect(report.findings.filter(({ severity }) => severity === 'violation')).toEqual([]);
});
