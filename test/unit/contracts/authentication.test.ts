import { expect, test } from 'vitest';

import type { Decision } from '../../../src/contracts/approval/decision.ts';
import type { Authenticated, AuthRule } from '../../../src/contracts/approval/rule.ts';
import { rightProblem, weightUnder } from '../../../src/contracts/deciding/right-to-vote.ts';
import { sampleApproval } from '../../gateway/support.ts';

const decidedAt = '2026-03-01T12:00:00.000Z';
const oidc = (more: Partial<Authenticated>): Authenticated => ({
  by: 'oidc',
  issuer: 'https://idp',
  ...more,
});
const at = '2026-03-01T11:50:00.000Z';

test.each<[string, AuthRule, Authenticated | undefined, boolean]>([
  ['recent enough', { maxAgeMinutes: 10 }, oidc({ at }), true],
  ['too old', { maxAgeMinutes: 9 }, oidc({ at }), false],
  ['of an age that nobody tells', { maxAgeMinutes: 10 }, oidc({}), false],
  ['in the future', { maxAgeMinutes: 10 }, oidc({ at: '2027-01-01T00:00:00.000Z' }), false],
  ['by an API key', { maxAgeMinutes: 10 }, { by: 'key', name: 'k' }, false],
  ['unknown', { maxAgeMinutes: 10 }, undefined, false],
  ['strong enough', { acr: 'high' }, oidc({ acr: 'high' }), true],
  ['too weak', { acr: 'high' }, oidc({ acr: 'low' }), false],
  ['without a passkey', { passkey: true }, oidc({ at }), false],
])(
  'a decision by somebody whose sign-in is %s counts as the policy says',
  (_what, auth, authenticated, counts) => {
    const decision: Decision = {
      ...{ approvalId: 'a', decisionId: 'd', approver: { id: 'grace' } },
      decision: 'approve',
      ...{ decidedAt, source: 'inbox', ...(authenticated && { authenticated }) },
    };
    const { proposals: _, ...approval } = sampleApproval({ rule: { auth } });
    const problem = rightProblem(approval, decision, Date.parse(decidedAt));
    expect(problem?.reason).toBe(counts ? undefined : 'authentication_too_old');
    expect(weightUnder(approval, decision)).toBe(counts ? 'one' : 'none');
  },
);
