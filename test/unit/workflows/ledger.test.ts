import { describe, expect, test } from 'vitest';

import type { Approval } from '../../../src/contracts/approval/approval.ts';
import type { Decision, DecisionKind } from '../../../src/contracts/approval/decision.ts';
import type { ReviewedEdit } from '../../../src/contracts/approval/review.ts';
import { decisionOf, proposalsOf } from '../../../src/contracts/deciding/proposals.ts';
import { applyDecision, cancel, endsAtMs, expire, park } from '../../../src/workflows/ledger.ts';

const NOW = Date.parse('2026-11-21T10:00:00.000Z');
const IN_A_MINUTE = '2026-11-21T10:01:00.000Z';

const pending: Approval = {
  approvalId: 'c.turn00000001.approval1',
  turnId: 'c.turn00000001',
  conversationId: 'c',
  tenant: 'acme',
  assistant: 'desk',
  toolCallId: 'call_1',
  tool: 'refund_order',
  toolDescription: 'Pays back.',
  arguments: { amountCents: 4_200 },
  argumentsDigest: 'sha256:shown',
  status: 'pending',
  requestedAt: '2026-11-21T09:59:00.000Z',
  deadline: IN_A_MINUTE,
  runDeadline: IN_A_MINUTE,
  onRunDeadline: 'deny',
};

const edited: ReviewedEdit = {
  kind: 'ready',
  arguments: { amountCents: 100 },
  argumentsDigest: 'sha256:edited',
  verdict: { kind: 'allow' },
};

function decision(kind: DecisionKind, over: Partial<Decision> = {}): Decision {
  return {
    approvalId: pending.approvalId,
    decisionId: 'd1',
    decision: kind,
    approver: { id: 'ada', groups: ['support'] },
    decidedAt: '2026-11-21T10:00:00.000Z',
    source: 'api',
    ...(kind === 'edit' && { arguments: { amountCents: 100 } }),
    ...over,
  };
}

const KINDS: DecisionKind[] = ['approve', 'deny', 'edit', 'respond'];
const apply = (approval: Approval, given: Decision, nowMs = NOW) =>
  applyDecision(approval, given, given.decision === 'edit' ? edited : undefined, nowMs);

describe('the first decision settles a pending approval', () => {
  test.each([
    ['approve', 'approved', 'executing'],
    ['edit', 'approved', 'executing'],
    ['deny', 'denied', 'not_executed'],
    ['respond', 'answered', 'not_executed'],
  ] as const)('%s makes it %s', (kind, status, outcome) => {
    const { approval, receipt } = apply(pending, decision(kind, { note: 'seen' }));
    expect(approval).toMatchObject({ status, outcome, resolvedAt: '2026-11-21T10:00:00.000Z' });
    expect(approval.decision).toMatchObject({ decisionId: 'd1', approver: { id: 'ada' }, note: 'seen' });
    expect(receipt).toMatchObject({ outcome: 'applied', status, decisionId: 'd1' });
  });

  test('an edit replaces arguments and digest, and leaves what was asked for ever, by whom and when', () => {
    const { approval, receipt } = apply(pending, decision('edit'));
    expect(approval).toMatchObject({ arguments: { amountCents: 100 }, argumentsDigest: 'sha256:edited' });
    expect(receipt.argumentsDigest).toBe('sha256:edited');
    expect(proposalsOf(approval)).toEqual([
      {
        by: { kind: 'model' },
        at: pending.requestedAt,
        arguments: { amountCents: 4_200 },
        argumentsDigest: 'sha256:shown',
      },
      {
        by: { kind: 'person', id: 'ada' },
        at: '2026-11-21T10:00:00.000Z',
        arguments: { amountCents: 100 },
        argumentsDigest: 'sha256:edited',
      },
    ]);
  });

  test('an edit is kept as it was sent where the review has made something else of it', () => {
    const sent = { amountCents: '100' };
    const { approval } = apply(pending, decision('edit', { arguments: sent }));
    expect(decisionOf(approval)?.arguments).toEqual(sent);
    const same = apply(pending, decision('edit', { arguments: { amountCents: 100 } })).approval;
    expect(same.decision).not.toHaveProperty('arguments');
    expect(decisionOf(same)?.arguments).toEqual({ amountCents: 100 });
  });

  test('it does not touch the approval it was given', () => {
    const before = structuredClone(pending);
    apply(pending, decision('edit'));
    expect(pending).toEqual(before);
  });
});

describe.each(KINDS)('an approval settled by %s never changes', (first) => {
  const settled = apply(pending, decision(first)).approval;
  const conflict = {
    outcome: 'conflict',
    winner: { decisionId: 'd1', decision: first, approver: { id: 'ada' } },
  };

  test.each([
    ...KINDS.map((second) => ({
      then: decision(second, { decisionId: 'd2', approver: { id: 'bob' } }),
      ...conflict,
    })),
    { then: decision(first, { approver: { id: 'bob' } }), ...conflict },
    { then: decision(first, { source: 'webhook:slack' }), ...conflict },
    { then: decision(first), outcome: 'duplicate', status: settled.status },
    { then: decision(first, { note: 'Wait.' }), outcome: 'reused', problems: [{ field: 'note' }] },
  ])('by $then.decision, $then.decisionId of $then.approver.id: $outcome', ({ then, ...receipt }) => {
    const after = apply(settled, then);
    expect(after.approval).toBe(settled);
    expect(after.receipt).toMatchObject(receipt);
  });

  test("by expiry or the turn's end", () => {
    expect(expire(settled, NOW)).toBe(settled);
    expect(cancel(settled, NOW)).toBe(settled);
  });

  test('nor does one that had expired or was cancelled before', () => {
    for (const over of [expire(pending, NOW), cancel(pending, NOW)]) {
      const receipt = { outcome: over.status };
      expect(apply(over, decision(first))).toMatchObject({ approval: over, receipt });
    }
  });
});

describe('time', () => {
  test.each(KINDS)(
    '%s at the deadline is too late although no timer has fired, and counts before',
    (kind) => {
      const { approval, receipt } = apply(pending, decision(kind), Date.parse(IN_A_MINUTE));
      expect(approval.status).toBe('expired');
      expect(receipt).toMatchObject({ outcome: 'expired', status: 'expired' });
      expect(apply(pending, decision(kind), Date.parse(IN_A_MINUTE) - 1).receipt.outcome).toBe('applied');
    },
  );

  test('the earlier of both deadlines counts, and none means never', () => {
    const later = '2026-11-21T12:00:00.000Z';
    expect(endsAtMs({ ...pending, deadline: later, runDeadline: IN_A_MINUTE })).toBe(Date.parse(IN_A_MINUTE));
    expect(endsAtMs({ ...pending, deadline: IN_A_MINUTE, runDeadline: later })).toBe(Date.parse(IN_A_MINUTE));
    expect(endsAtMs({ ...pending, deadline: IN_A_MINUTE, runDeadline: null })).toBe(Date.parse(IN_A_MINUTE));
    expect(endsAtMs({ ...pending, deadline: null, runDeadline: null })).toBe(Infinity);
  });
});

describe('a question that outlives its run', () => {
  const later = '2026-11-21T12:00:00.000Z';
  const outliving: Approval = { ...pending, deadline: later, onRunDeadline: 'park' };

  test('ends at its own deadline only, parked or not yet', () => {
    expect(endsAtMs(outliving)).toBe(Date.parse(later));
    expect(endsAtMs({ ...pending, deadline: later, parkedAt: IN_A_MINUTE })).toBe(Date.parse(later));
  });

  test.each(KINDS)('takes %s after the run’s deadline', (kind) => {
    const parked = park(outliving, Date.parse(IN_A_MINUTE));
    expect(parked).toMatchObject({ status: 'pending', parkedAt: IN_A_MINUTE });
    expect(apply(parked, decision(kind), Date.parse(IN_A_MINUTE) + 1).receipt.outcome).toBe('applied');
    expect(apply(parked, decision(kind), Date.parse(later)).receipt.outcome).toBe('expired');
  });

  test('is parked once, and never when it is settled', () => {
    const parked = park(outliving, NOW);
    expect(park(parked, NOW + 1)).toBe(parked);
    const settled = apply(pending, decision('deny')).approval;
    expect(park(settled, NOW)).toBe(settled);
  });
});

describe('a refused decision leaves the approval pending', () => {
  test.each(KINDS)('%s bound to another digest than the one that was shown', (kind) => {
    const { approval, receipt } = apply(pending, decision(kind, { argumentsDigest: 'sha256:other' }));
    expect(approval).toBe(pending);
    expect(receipt).toMatchObject({ outcome: 'refused', reason: 'digest_mismatch', status: 'pending' });
    const bound = decision(kind, { argumentsDigest: 'sha256:shown' });
    expect(apply(pending, bound).receipt.outcome).toBe('applied');
  });

  test.each(KINDS)('%s by somebody outside the approvers, not by a member', (kind) => {
    const asked = { ...pending, approvers: ['finance'] };
    const { approval, receipt } = apply(asked, decision(kind));
    expect(approval.status).toBe('pending');
    expect(receipt).toMatchObject({ outcome: 'refused', reason: 'not_an_approver' });
    expect(receipt.problems?.[0]?.message).toContain('finance');
    const member = decision(kind, { approver: { id: 'eve', groups: ['finance'] } });
    expect(apply(asked, member).receipt.outcome).toBe('applied');
  });

  test('an edit that breaks the schema or the policy', () => {
    for (const reason of ['invalid_arguments', 'forbidden'] as const) {
      const review: ReviewedEdit = {
        kind: 'refused',
        reason,
        problems: [{ field: 'amountCents', message: 'no' }],
      };
      const { approval, receipt } = applyDecision(pending, decision('edit'), review, NOW);
      expect(approval).toBe(pending);
      expect(receipt).toMatchObject({ outcome: 'refused', reason, problems: [{ field: 'amountCents' }] });
    }
  });

  test("an edit into what needs another group's sign-off", () => {
    const review: ReviewedEdit = {
      ...edited,
      verdict: { kind: 'ask', onRunDeadline: 'deny', approvers: ['finance'] },
    };
    expect(applyDecision(pending, decision('edit'), review, NOW).receipt.reason).toBe('not_an_approver');
  });

  test('and the next good one wins', () => {
    const refused = apply(pending, decision('approve', { argumentsDigest: 'sha256:other' })).approval;
    expect(apply(refused, decision('approve', { decisionId: 'd2' })).receipt.outcome).toBe('applied');
  });
});
