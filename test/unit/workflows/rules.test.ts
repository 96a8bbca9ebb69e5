import fc from 'fast-check';
import { expect, test } from 'vitest';

import type { Approval } from '../../../src/contracts/approval/approval.ts';
import type { Decision, Receipt } from '../../../src/contracts/approval/decision.ts';
import type { ReviewedEdit } from '../../../src/contracts/approval/review.ts';
import type { Rule } from '../../../src/contracts/approval/rule.ts';
import { proposalsOf, shown } from '../../../src/contracts/deciding/proposals.ts';
import { answerAll } from '../../../src/testing/approvers/answer-all.ts';
import { approvers } from '../../../src/testing/approvers/script.ts';
import { applyDecision, expire } from '../../../src/workflows/ledger.ts';

/** Any sequence of votes, edits, repetitions and clocks, held against a second reading of the rules that shares no code with the first. */

const GROUPS = ['finance', 'security', 'on-call'];
const PEOPLE: Record<string, string[]> = {
  ada: ['finance'],
  bob: ['finance', 'security'],
  cleo: ['security', 'on-call'],
  dan: ['on-call'],
  requester: ['finance', 'security', 'on-call'],
};
const DEADLINE_MS = 100;

interface Sent {
  who: string;
  kind: Decision['decision'];
  /** Its id; a few only, so that ids are used again. */
  id: number;
  digest: 'shown' | 'old' | 'none';
  note: string;
  breakGlass: boolean;
  afterMs: number;
  /** What the policy says of the edited arguments. */
  stricter: boolean;
  /** Its sender says that it was decided so much later than it comes. */
  aheadMs: number;
}

const share = fc.record({ group: fc.constantFrom(...GROUPS), atLeast: fc.integer({ min: 1, max: 2 }) });
const rule: fc.Arbitrary<{ approvers?: string[]; rule: Rule }> = fc
  .record({
    approvers: fc.option(fc.uniqueArray(fc.constantFrom(...GROUPS), { minLength: 1 }), { nil: null }),
    approve: fc.integer({ min: 1, max: 3 }),
    deny: fc.integer({ min: 1, max: 2 }),
    from: fc.uniqueArray(share, { maxLength: 2, selector: ({ group }) => group }),
    notRequester: fc.boolean(),
    note: fc.constantFrom('deny' as const, 'always' as const, null),
    breakGlass: fc.boolean(),
    later: fc.option(fc.integer({ min: 1, max: DEADLINE_MS }), { nil: null }),
  })
  .map(({ approvers, approve, deny, from, notRequester, note, breakGlass, later }) => ({
    ...(approvers && { approvers }),
    rule: {
      quorum: { approve, deny, ...(from.length > 0 && { from }) },
      ...(notRequester && { notRequester }),
      ...(note && { note }),
      ...(breakGlass && { breakGlass: { groups: ['on-call'] } }),
      ...(later !== null && { alsoAfter: [{ afterMs: later, groups: ['on-call'] }] }),
    },
  }));
const sent: fc.Arbitrary<Sent> = fc.record({
  who: fc.constantFrom(...Object.keys(PEOPLE)),
  kind: fc.constantFrom(
    'approve' as const,
    'approve' as const,
    'deny' as const,
    'edit' as const,
    'respond' as const,
  ),
  id: fc.integer({ min: 0, max: 9 }),
  digest: fc.constantFrom(
    'shown' as const,
    'shown' as const,
    'shown' as const,
    'old' as const,
    'none' as const,
  ),
  note: fc.constantFrom('', 'because', 'the database is on fire'),
  breakGlass: fc.boolean(),
  afterMs: fc.integer({ min: 0, max: 15 }),
  stricter: fc.boolean(),
  aheadMs: fc.constantFrom(0, 0, 1_000),
});

const STRICTER = { approvers: ['security'], rule: { quorum: { approve: 2, deny: 1 } } };

function asked(over: Partial<Approval>): Approval {
  return {
    ...{ approvalId: 'c.turn00000001.a', turnId: 'c.turn00000001', conversationId: 'c', tenant: 'acme' },
    ...{ assistant: 'desk', toolCallId: 'call_1', tool: 'refund', toolDescription: 'Pays back.' },
    ...{ arguments: { version: 0 }, argumentsDigest: 'v0', status: 'pending', onRunDeadline: 'deny' },
    ...{ requestedAt: new Date(0).toISOString(), deadline: new Date(DEADLINE_MS).toISOString() },
    ...{ runDeadline: null, requestedBy: 'requester' },
    ...over,
  };
}

/** The second reading: what stands, and who has agreed to it. */
function createReading(asks: { approvers?: string[]; rule: Rule }) {
  let { approvers, rule: current } = asks as { approvers: string[] | undefined; rule: Rule };
  let author: string | null = null;
  let version = 0;
  const yes = new Set<string>();
  const no = new Set<string>();
  const groupsOf = (who: string): string[] => PEOPLE[who] ?? [];
  const isIn = (who: string, groups: string[]): boolean =>
    groups.some((group) => groupsOf(who).includes(group));
  const shareMet = (group: string, atLeast: number): boolean =>
    [...yes].filter((who) => groupsOf(who).includes(group)).length >= atLeast;

  return {
    digest: () => `v${version}`,
    version: () => version,
    /** Whether somebody may do that now. */
    allows({ who, kind, digest, note, breakGlass, stricter }: Sent, nowMs: number): boolean {
      if (digest === 'old' && version > 0) return false;
      if (digest === 'none' && version > 0) return false;
      if (current.notRequester && who === 'requester') return false;
      const wantsNote = current.note === 'always' || (current.note === 'deny' && kind === 'deny');
      if (wantsNote && note === '') return false;
      if (kind === 'respond' && current.quorum!.deny > 1) return false;
      if (breakGlass) {
        if (kind !== 'approve' && kind !== 'deny') return false;
        return current.breakGlass !== undefined && isIn(who, ['on-call']) && note.length >= 10;
      }
      const isLater = (current.alsoAfter ?? []).some(({ afterMs }) => nowMs >= afterMs);
      const mayLater = isLater && isIn(who, ['on-call']);
      if (approvers && !isIn(who, approvers) && !mayLater) return false;
      if (kind === 'edit') return !stricter || isIn(who, STRICTER.approvers);
      return !yes.has(who) && !no.has(who);
    },
    take({ who, kind, breakGlass, stricter }: Sent): string {
      if (kind === 'respond') return 'answered';
      if (kind === 'edit') {
        version += 1;
        author = who;
        yes.clear();
        no.clear();
        if (stricter) ({ approvers, rule: current } = STRICTER);
      }
      (kind === 'deny' ? no : yes).add(who);
      if (breakGlass) return kind === 'deny' ? 'denied' : 'approved';
      if (kind === 'deny') return no.size >= current.quorum!.deny ? 'denied' : 'pending';
      const others = [...yes].some((voter) => voter !== author);
      const isMet =
        yes.size >= current.quorum!.approve &&
        (current.quorum!.from ?? []).every(({ group, atLeast }) => shareMet(group, atLeast)) &&
        (!current.notRequester || others);
      return isMet ? 'approved' : 'pending';
    },
  };
}

test('no sequence settles an approval that its rule does not allow, and none that it allows is stuck', () => {
  let settled = 0;
  fc.assert(
    fc.property(rule, fc.array(sent, { minLength: 1, maxLength: 14 }), (asks, sequence) => {
      const reading = createReading(asks);
      const taken = new Map<string, Receipt['outcome']>();
      let approval = asked(asks);
      let nowMs = 0;
      for (const one of sequence) {
        nowMs += one.afterMs;
        const proposed = { version: reading.version() + 1 };
        const decision: Decision = {
          ...{ approvalId: approval.approvalId, decisionId: `d${one.id}`, decision: one.kind, source: 'api' },
          ...{
            approver: { id: one.who, groups: PEOPLE[one.who]! },
            decidedAt: new Date(nowMs + one.aheadMs).toISOString(),
          },
          ...(one.note !== '' && { note: one.note }),
          ...(one.digest !== 'none' && { argumentsDigest: one.digest === 'old' ? 'v0' : reading.digest() }),
          ...(one.breakGlass && { breakGlass: true }),
          ...(one.kind === 'edit' && { arguments: proposed }),
          ...(one.kind === 'respond' && { response: 'No.' }),
        };
        const edit: ReviewedEdit = {
          ...{ kind: 'ready', arguments: proposed, argumentsDigest: `v${proposed.version}` },
          verdict: one.stricter ? { kind: 'ask', ...STRICTER } : { kind: 'allow' },
        };
        const before = approval;
        const { approval: after, receipt } = applyDecision(approval, decision, edit, nowMs);
        approval = after;
        const name = `${one.id} ${one.who}`;
        const isOver = before.status !== 'pending';
        if (isOver || taken.has(name)) {
          expect(after.status === 'expired' ? 'expired' : after).toEqual(
            after.status === 'expired' ? 'expired' : before,
          );
          expect(['duplicate', 'reused', 'conflict', 'expired']).toContain(receipt.outcome);
          continue;
        }
        if (nowMs >= DEADLINE_MS) {
          expect(receipt.outcome).toBe('expired');
          expect(after.status).toBe('expired');
          continue;
        }
        if (!reading.allows(one, nowMs)) {
          expect(receipt.outcome).toBe('refused');
          expect(after).toBe(before);
          continue;
        }
        const status = reading.take(one);
        taken.set(name, receipt.outcome);
        expect(after.status).toBe(status);
        expect(receipt.outcome).toBe(status === 'pending' ? 'voted' : 'applied');
        expect(after.argumentsDigest).toBe(reading.digest());
        expect(proposalsOf(after)).toHaveLength(reading.version() + 1);
        if (status !== 'pending') settled += 1;
      }
      if (approval.status === 'pending') expect(expire(approval, DEADLINE_MS).status).toBe('expired');
    }),
    { numRuns: 10_000 },
  );
  expect(settled).toBeGreaterThan(3_000);
});

const quorum = { approve: 2, deny: 1 };
const by = (who: string, over: Partial<Decision> = {}): Decision => ({
  ...{
    approvalId: 'c.turn00000001.a',
    decisionId: `of-${who}`,
    decision: 'approve',
    source: 'webhook:slack',
  },
  ...{ approver: { id: who, groups: PEOPLE[who] ?? [] }, decidedAt: new Date(0).toISOString() },
  ...over,
});
const edit = (version: number): ReviewedEdit => ({
  ...{ kind: 'ready', arguments: { version }, argumentsDigest: `v${version}`, verdict: { kind: 'allow' } },
});

test('a vote that fell with an edit counts for nothing when it is delivered again', () => {
  const voted = applyDecision(asked({ rule: { quorum } }), by('ada'), undefined, 1).approval;
  const edited = applyDecision(
    voted,
    by('bob', { decision: 'edit', arguments: { version: 1 }, argumentsDigest: 'v0' }),
    edit(1),
    2,
  ).approval;
  const again = applyDecision(edited, by('ada'), undefined, 3);
  expect(again).toMatchObject({ approval: { status: 'pending' }, receipt: { outcome: 'duplicate' } });
  expect(again.receipt.missing).toEqual({ approvals: 1, from: [] });
  expect(proposalsOf(edited)[0]).toMatchObject({
    argumentsDigest: 'v0',
    votes: [{ approver: { id: 'ada' } }],
  });
  const unseen = applyDecision(edited, by('ada', { decisionId: 'new' }), undefined, 3);
  expect(unseen.receipt).toMatchObject({
    reason: 'digest_mismatch',
    problems: [{ field: 'argumentsDigest' }],
  });
});

test('a signed vote that fell counts for nothing, by whatever way it is said to come, when the old arguments are back', () => {
  const signed = by('ada', { attestation: 'jws', argumentsDigest: 'v0', source: 'inbox' });
  const byBob = (decisionId: string, version: number, argumentsDigest: string) =>
    by('bob', { decisionId, decision: 'edit', arguments: { version }, argumentsDigest });
  let { approval } = applyDecision(asked({ rule: { quorum } }), signed, undefined, 1);
  ({ approval } = applyDecision(approval, byBob('e1', 1, 'v0'), edit(1), 2));
  ({ approval } = applyDecision(approval, byBob('e2', 0, 'v1'), edit(0), 3));
  expect(approval.argumentsDigest).toBe('v0');
  for (const source of ['inbox', 'api', 'webhook:slack', 'signal']) {
    const again = applyDecision(approval, { ...signed, source }, undefined, 4);
    expect(again).toMatchObject({ approval: { status: 'pending' }, receipt: { outcome: 'duplicate' } });
  }
});

test('whoever answers without a name is nobody else than the requester', () => {
  const sent = by('handover:unknown', { source: 'handover' });
  const { receipt } = applyDecision(asked({ rule: { notRequester: true } }), sent, undefined, 1);
  expect(receipt).toMatchObject({
    ...{ outcome: 'refused', reason: 'requester' },
    problems: [{ field: 'approver', message: expect.stringContaining('must be named') as string }],
  });
});

test('a script of approvers answers one question by several people, and by each once', async () => {
  let held = asked({ rule: { quorum: { approve: 3, deny: 1 } } });
  const ended = new AbortController();
  const outcomes: unknown[] = [];
  await answerAll({
    tenant: 'acme',
    signal: ended.signal,
    approvers: approvers.script([
      { as: 'ada', decision: 'edit', arguments: { version: 1 } },
      { as: 'bob', decision: 'approve' },
      { as: 'cleo', decision: 'approve' },
    ]),
    client: {
      eachPending: async function* () {
        await Promise.resolve();
        yield shown(held);
      },
      decide: (_tenant, decision) => {
        const sent = { ...by('', {}), ...decision } as Decision;
        const settlement = applyDecision(held, sent, edit(1), 1);
        held = settlement.approval;
        outcomes.push([sent.approver.id, settlement.receipt.outcome]);
        if (outcomes.length === 3) ended.abort();
        return Promise.resolve(settlement.receipt);
      },
    },
  });
  expect(outcomes).toEqual([
    ['ada', 'voted'],
    ['bob', 'voted'],
    ['cleo', 'applied'],
  ]);
});

test('arguments are changed at most ten times', () => {
  let approval = asked({ rule: { quorum: { approve: 3, deny: 1 } } });
  const change = (version: number) =>
    applyDecision(
      approval,
      by('ada', {
        ...{ decisionId: `e${version}`, decision: 'edit', arguments: { version } },
        argumentsDigest: approval.argumentsDigest,
      }),
      edit(version),
      1,
    );
  for (let version = 1; version <= 10; version += 1) approval = change(version).approval;
  expect(proposalsOf(approval)).toHaveLength(11);
  expect(change(11).receipt).toMatchObject({ reason: 'too_many_edits', problems: [{ field: 'decision' }] });
});
