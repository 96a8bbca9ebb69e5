import { expect, test } from 'vitest';
import { z } from 'zod';

import { judge } from '../../../src/activities/judge.ts';
import { defineTool, requireApproval } from '../../../src/index.ts';
import type { ApprovalRule } from '../../../src/define/policy.ts';

/** A rule that nobody can ever meet. */
const IMPOSSIBLE: [what: string, rule: ApprovalRule, says: RegExp][] = [
  ['a quorum of nobody', { quorum: { approve: 0 } }, /quorum\.approve is 0.*from 1 to 100/],
  ['a quorum of a thousand', { quorum: { approve: 1_000 } }, /quorum\.approve is 1000.*from 1 to 100/],
  ['half a person', { quorum: { deny: 1.5 } }, /quorum\.deny is 1\.5.*whole number/],
  [
    'more of one group than in all',
    { quorum: { approve: 2, from: [{ group: 'security', atLeast: 3 }] } },
    /quorum\.from\.0\.atLeast is 3, and 2 must approve in all.*Raise quorum\.approve to 3/,
  ],
  [
    'people of a group that may not decide',
    { approvers: ['finance'], quorum: { from: [{ group: 'security', atLeast: 1 }] } },
    /quorum\.from\.0\.group is "security".*Add "security" to approvers/,
  ],
  ['approvers of no group', { approvers: [] }, /approvers.*at least one group/],
  ['break-glass for no group', { breakGlass: { groups: [] } }, /breakGlass.*at least one group/],
];

/** The verdict as a program makes it that does not use `requireApproval`. */
const byHand = ({ approvers, quorum, breakGlass }: ApprovalRule) => ({
  kind: 'ask' as const,
  ...(approvers && { approvers }),
  rule: {
    ...(quorum && { quorum: { approve: 1, deny: 1, ...quorum } }),
    ...(breakGlass && { breakGlass }),
  },
});

const toolWith = (policy: Parameters<typeof defineTool>[0]['policy']) =>
  defineTool({
    ...{ name: 'refund', description: 'Pays.', parameters: z.strictObject({}), policy },
    execute: () => 'Paid.',
  });

test.each(IMPOSSIBLE)('%s is refused where the policy is declared', (_what, rule, says) => {
  expect(() => requireApproval(rule)).toThrow(says);
  expect(() => toolWith(byHand(rule))).toThrow(says);
});

test.each(IMPOSSIBLE)('%s, found at run time, forbids, and the log says why', async (_what, rule, says) => {
  for (const policy of [() => requireApproval(rule), () => byHand(rule)]) {
    const logged: unknown[] = [];
    const verdict = await judge(toolWith(policy), {}, { tenant: 'acme' }, (event, facts) =>
      logged.push([event, facts.why]),
    );
    expect(verdict).toEqual({
      kind: 'forbid',
      reason: 'The policy of "refund" failed, so nothing may run.',
    });
    expect(logged).toEqual([['policy.failed', expect.stringMatching(says) as string]]);
  }
});
