import { expect, test } from 'vitest';

import { requireApproval } from '../../../src/index.ts';

type Rule = NonNullable<Parameters<typeof requireApproval>[0]>;

test('a ladder says who is told when, and who may decide from then on', () => {
  const verdict = requireApproval({
    approvers: ['finance'],
    notify: ['mail'],
    ladder: [
      { after: '30m', remind: true },
      { after: '8h', mayDecide: ['directors'] },
    ],
  });
  expect(verdict).toEqual({
    ...{ kind: 'ask', approvers: ['finance'] },
    rule: { alsoAfter: [{ afterMs: 28_800_000, groups: ['directors'] }] },
    notify: {
      channels: ['mail'],
      ladder: [
        { afterMs: 1_800_000, remind: true },
        { afterMs: 28_800_000, mayDecide: ['directors'] },
      ],
    },
  });
});

const step = { after: '1h', remind: true } as const;
test.each<[string, Rule, RegExp]>([
  [
    'a channel nobody knows',
    { notify: ['fax' as 'mail'] },
    /notify\.0 must be one of mail, slack, push, teams/,
  ],
  [
    'steps out of order',
    { ladder: [step, { after: '30m', remind: true }] },
    /ladder must have its rungs in the order/,
  ],
  ['two steps at one time', { ladder: [step, step] }, /each later than the one before/],
  [
    'a step that does nothing',
    { ladder: [{ after: '1h' }] },
    /ladder\.0 must say "remind", "tell" or "mayDecide"/,
  ],
  [
    'a step without groups',
    { ladder: [{ after: '1h', tell: [] }] },
    /ladder\.0\.tell must name at least one group/,
  ],
  ['a time that is none', { ladder: [{ after: 'soon' as '1h', remind: true }] }, /ladder\.0\.after is soon/],
  [
    'nine steps',
    { ladder: Array.from({ length: 9 }, (_, i) => ({ after: i + 1, remind: true })) },
    /at most 8 rungs/,
  ],
  [
    'more who may decide where anybody may',
    { ladder: [{ after: '1h', mayDecide: ['x'] }] },
    /ladder\.0\.mayDecide is of no use/,
  ],
])('a policy with %s is refused, naming the field', (_, rule, expected) => {
  expect(() => requireApproval(rule)).toThrow(expected);
});
