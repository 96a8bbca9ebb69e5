import { expect, test } from 'vitest';

import type { AnyApproval } from '../../../src/contracts/approval/approval.ts';
import { shown } from '../../../src/contracts/deciding/proposals.ts';
import { changesOf, factsOf } from '../../../src/contracts/recording/changes.ts';
import { toKept } from '../../../src/record/from-temporal.ts';
import { applyDecision, park } from '../../../src/workflows/ledger.ts';
import { goodRecords } from '../../fault/records.ts';

const [ASKED, PARKED, EDITED] = [0, 1_000, 2_000];

/** A question that waits from `ASKED` on. */
function pending() {
  const { proposals: _p, decision: _d, resolvedAt: _r, outcome: _o, ...approval } = goodRecords().approval;
  return { ...approval, status: 'pending' as const, requestedAt: new Date(ASKED).toISOString() };
}

function edited(approval: ReturnType<typeof park>, argumentsDigest: string, nowMs: number) {
  const decision = {
    ...{ approvalId: approval.approvalId, decisionId: argumentsDigest, decision: 'edit' as const },
    ...{ approver: { id: 'grace' }, argumentsDigest: approval.argumentsDigest, arguments: {} },
    ...{ decidedAt: new Date(nowMs).toISOString(), source: 'api' },
  };
  const ready = {
    kind: 'ready' as const,
    arguments: {},
    argumentsDigest,
    verdict: { kind: 'allow' as const },
  };
  return applyDecision(approval, decision, ready, nowMs).approval;
}

test.each([
  ['never changed', (asked: ReturnType<typeof pending>) => park(asked, PARKED), 'sha256:0'],
  [
    'changed after',
    (asked: ReturnType<typeof pending>) => edited(park(asked, PARKED), 'sha256:1', EDITED),
    'sha256:0',
  ],
  [
    'changed before and after',
    (asked: ReturnType<typeof pending>) => {
      const rule = { quorum: { approve: 3, deny: 1 } };
      const once = edited({ ...asked, rule }, 'sha256:1', ASKED + 500);
      return edited(park(once, PARKED), 'sha256:2', EDITED);
    },
    'sha256:1',
  ],
])('what was parked is about the arguments of then: %s', (_name, become, digest) => {
  const kept = become(pending());
  // As the turn keeps it, and as the audit reads it.
  for (const approval of [kept, toKept(shown<AnyApproval>(kept))]) {
    const parked = changesOf(undefined, approval).find(({ is }) => is === 'parked');
    expect(parked).toMatchObject({ digest, at: new Date(PARKED).toISOString() });
  }
});

test.each([
  ['first', ASKED, 'sha256:0'],
  ['again, after somebody has changed them', EDITED + 1, 'sha256:1'],
])('what was asked is about the arguments of then: asked %s', (_name, askedMs, digest) => {
  const changed = edited(pending(), 'sha256:1', EDITED);
  const [asked] = factsOf({ ...changed, requestedAt: new Date(askedMs).toISOString() });
  expect(asked).toMatchObject({ is: 'requested', digest });
});
