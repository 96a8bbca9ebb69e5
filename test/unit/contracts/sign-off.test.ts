import { describe, expect, test } from 'vitest';
import { z } from 'zod';

import { signOffProblem, type ToRun, type Witnesses } from '../../../src/activities/authority/sign-off.ts';
import type { CallToRun, Verdict } from '../../../src/contracts/approval/review.ts';
import { argumentsDigest } from '../../../src/contracts/digest.ts';
import type { SignOff } from '../../../src/contracts/steps.ts';
import { allow, forbid, requireApproval } from '../../../src/define/policy.ts';
import { defineTool, type Tool } from '../../../src/define/tool.ts';

const args = {
  orderId: 'A-1042',
  amountCents: 4_200,
  isPartial: false,
  reason: null,
  lines: [{ sku: 'lamp', count: 1, price: { cents: 4_200, currency: 'EUR' } }],
};
const call: CallToRun = {
  toolCallId: 'call_1',
  tool: 'refund_order',
  toolDescription: 'Pays back.',
  approvalId: 'c.turn00000001.approval1',
  arguments: args,
  argumentsDigest: argumentsDigest({ tool: 'refund_order', arguments: args, tenant: 'acme' }),
  needsApproval: true,
  effect: 'idempotent',
  onError: 'report',
  maximumAttempts: 3,
  timeoutMs: 60_000,
};
const ada = { id: 'ada', groups: ['finance'] };
const vote = {
  ...{ decisionId: 'd1', decision: 'approve' as const, approver: ada, source: 'api' },
  decidedAt: '2026-11-21T10:00:00.000Z',
};
const approval: SignOff = {
  approvalId: call.approvalId,
  approver: ada,
  requestedAt: '2026-11-21T09:00:00.000Z',
  resolvedAt: '2026-11-21T10:00:00.000Z',
  deadline: '2026-11-21T10:05:00.000Z',
  toRunAt: '2026-11-21T10:01:00.000Z',
  votes: [vote],
};
const AT = Date.parse('2026-11-21T10:01:00.000Z');
const refund = (policy: Verdict, more: object = {}): Tool =>
  defineTool({
    ...{ name: 'refund_order', description: 'Pays back.', parameters: z.looseObject({}), policy, ...more },
    execute: () => 'Refunded.',
  });
const given = {
  ...{ call, context: { tenant: 'acme' }, approval, tool: refund(requireApproval()), nowMs: AT },
  caller: { assistant: 'desk', conversationId: 'c' },
};

async function refusalOf(run: Partial<ToRun>, witnesses: Partial<Witnesses> = {}) {
  const refused = await signOffProblem({ ...given, ...run }, witnesses);
  return refused && { ...refused, ...(refused.kind === 'failed' && { askAgain: undefined }) };
}

test.each([
  ['what was reviewed and signed off in time', {}],
  ['what has no deadline', { approval: { ...approval, deadline: null } }],
  [
    'what the policy let through',
    { call: { ...call, needsApproval: false }, approval: undefined, tool: refund(allow()) },
  ],
  ['what the policy allows without asking by now', { tool: refund(allow()) }],
  ['what its precondition lets through', { tool: refund(allow(), { precondition: () => ({ ok: true }) }) }],
  [
    'what was settled by right of emergency',
    {
      approval: {
        ...approval,
        ...{
          approvers: ['security'],
          rule: { quorum: { approve: 2, deny: 1 }, breakGlass: { groups: ['finance'] } },
        },
        votes: [{ ...vote, breakGlass: true as const, note: 'The shop is down.' }],
      },
    },
  ],
])('%s may run', async (_, run) => {
  expect(await refusalOf(run)).toBeNull();
});

describe('it is not what was signed off, and the turn ends', () => {
  test.each([
    [
      'other arguments',
      { call: { ...call, arguments: { ...args, amountCents: 4_201 } } },
      'Tool.DigestMismatch',
    ],
    ['another tool', { call: { ...call, tool: 'delete_order' } }, 'Tool.DigestMismatch'],
    ['another tenant', { context: { tenant: 'globex' } }, 'Tool.DigestMismatch'],
    [
      'another digest',
      { call: { ...call, argumentsDigest: `sha256:${'0'.repeat(64)}` } },
      'Tool.DigestMismatch',
    ],
    ['no sign-off', { approval: undefined }, 'Tool.NotSignedOff'],
    [
      'the sign-off of another call',
      { approval: { ...approval, approvalId: 'c.turn00000001.approval2' } },
      'Tool.NotSignedOff',
    ],
    [
      'an earlier expiry',
      { approval: { ...approval, deadline: approval.resolvedAt } },
      'Tool.SignOffExpired',
    ],
    ['an expiry that is no time', { approval: { ...approval, deadline: 'soon' } }, 'Tool.SignOffExpired'],
    ['a sign-off at no time', { approval: { ...approval, resolvedAt: '' } }, 'Tool.SignOffExpired'],
  ])('with %s', async (_, run, type) => {
    expect(await refusalOf(run)).toMatchObject({ kind: 'failed', type });
  });

  test('with a vote that nobody has signed, and with no vote at all', async () => {
    const attestations = {
      problemOf: () => Promise.resolve('has no signature'),
      problemIn: () => Promise.resolve(null),
    };
    const unsigned = await refusalOf({}, { attestations });
    expect(unsigned).toMatchObject({ kind: 'failed', type: 'Tool.NotAttested' });
    expect(unsigned?.message).toContain('by ada has no signature');
    const nobody = await refusalOf({ approval: { ...approval, votes: [] } }, { attestations });
    expect(nobody).toMatchObject({ kind: 'failed', type: 'Tool.NotAttested' });
  });
});

describe('it was signed off and holds no longer: nothing runs, and people are asked again', () => {
  const quorum = { approve: 2, deny: 1, from: [{ group: 'finance', atLeast: 1 }] };
  const byTwo = { ...approval, rule: { quorum }, votes: [vote, { ...vote, approver: { id: 'bob' } }] };
  const knows = (ids: Record<string, string>) => ({
    idsOf: () => Promise.resolve(new Map(Object.entries(ids))),
  });
  const gone = (id: string) => ({ revoked: () => Promise.resolve(new Set([id])) });
  test.each([
    ['a voter has been revoked', {}, gone('ada'), 'right of ada'],
    ['one of two voters has been revoked', { approval: byTwo }, gone('bob'), 'one person more'],
    ['a vote was taken away', { approval: { ...byTwo, votes: [vote] } }, {}, 'one person more'],
    [
      'the only voter of a group lost it',
      {
        approval: {
          ...byTwo,
          votes: byTwo.votes.map((one) => ({ ...one, approver: { id: one.approver.id } })),
        },
      },
      {},
      'of finance',
    ],
    [
      'the voter turned out to be the requester',
      { approval: { ...approval, requestedBy: 'ADA ', rule: { notRequester: true as const } } },
      {},
      'one person more',
    ],
    [
      'the author of the arguments is alone',
      { approval: { ...approval, author: 'ada', rule: { notRequester: true as const } } },
      {},
      'somebody else than the author',
    ],
    [
      'the voter belongs to a group that might decide later only',
      {
        approval: {
          ...{ ...approval, approvers: ['legal'] },
          rule: { alsoAfter: [{ afterMs: 3_600_001, groups: ['finance'] }] },
        },
      },
      {},
      'one person more',
    ],
    [
      'one person has voted under two names that the directory knows',
      {
        approval: {
          ...byTwo,
          votes: [vote, { ...vote, approver: { id: 'ada@example.com', groups: ['finance'] } }],
        },
      },
      knows({ 'ada@example.com': 'ada' }),
      'one person more',
    ],
    [
      'the requester has voted under another name that the directory knows',
      { approval: { ...approval, requestedBy: 'ada@example.com', rule: { notRequester: true as const } } },
      knows({ 'ada@example.com': 'ada' }),
      'one person more',
    ],
    ...[
      { what: 'an emergency settled it by a denial', decision: 'deny' as const, note: 'The shop is down.' },
      { what: 'an emergency was claimed without a reason', decision: 'approve' as const, note: 'Down.' },
    ].map(({ what, ...sent }): [string, Partial<ToRun>, Partial<Witnesses>, string] => [
      what,
      {
        approval: {
          ...{ ...approval, approvers: ['security'], rule: { breakGlass: { groups: ['finance'] } } },
          votes: [{ ...vote, ...sent, breakGlass: true as const }],
        },
        tool: refund(requireApproval({ approvers: ['security'], breakGlass: { groups: ['finance'] } })),
      },
      {},
      'one person more',
    ]),
    [
      'the only voter has changed the arguments, and nobody says so',
      {
        approval: {
          ...{ ...approval, rule: { notRequester: true as const } },
          votes: [{ ...vote, decision: 'edit' as const }],
        },
      },
      {},
      'somebody else than the author',
    ],
    ['it is too old', { approval: { ...approval, rule: { freshForMs: 59_999 } } }, {}, 'too old'],
    [
      'the policy names another group by now',
      { tool: refund(requireApproval({ approvers: ['legal'] })) },
      {},
      'more',
    ],
    [
      'the policy lets the group decide later only by now, and the vote says that it was given then',
      {
        approval: { ...approval, votes: [{ ...vote, decidedAt: '2027-01-01T00:00:00.000Z' }] },
        tool: refund({
          ...{ kind: 'ask', approvers: ['legal'] },
          rule: { alsoAfter: [{ afterMs: 28_800_000, groups: ['finance'] }] },
        }),
      },
      {},
      'more',
    ],
    [
      'the policy lets it stand for a shorter time by now',
      { tool: refund(requireApproval({ freshFor: '30s' })) },
      {},
      'too old',
    ],
    ['the policy wants a reason by now', { tool: refund(requireApproval({ note: 'always' })) }, {}, 'more'],
    [
      'the policy wants somebody else than the requester by now, and nobody knows who answered',
      {
        approval: { ...approval, votes: [{ ...vote, approver: { id: 'handover:unknown' } }] },
        tool: refund(requireApproval({ notRequester: true })),
      },
      {},
      'more',
    ],
    [
      'the policy wants two people by now',
      { tool: refund(requireApproval({ quorum: { approve: 2 } })) },
      {},
      'more',
    ],
  ])('%s', async (_, run, witnesses, words) => {
    const refused = await refusalOf(run, witnesses);
    expect(refused).toMatchObject({ kind: 'stale', askAgain: {} });
    expect(refused?.message).toContain(words);
  });

  test('the policy that asks for more is the one by which people are asked again', async () => {
    const verdict = requireApproval({ approvers: ['legal'], within: '2h' });
    expect(await refusalOf({ tool: refund(verdict) })).toMatchObject({ askAgain: { verdict } });
  });
});

describe('it was signed off and must not happen any more: nothing runs, and nobody is asked', () => {
  test.each([
    ['the policy forbids it by now', refund(forbid('No refunds on Sundays.')), 'on Sundays'],
    [
      'its precondition says no',
      refund(requireApproval(), { precondition: () => ({ ok: false, reason: 'A-1042 has been refunded.' }) }),
      'has been refunded',
    ],
    [
      'its precondition says nothing clear',
      refund(requireApproval(), { precondition: () => 'yes' }),
      'neither',
    ],
  ])('%s', async (_, tool, words) => {
    const refused = await refusalOf({ tool });
    expect(refused).toMatchObject({ kind: 'stale' });
    expect(refused).not.toHaveProperty('askAgain');
    expect(refused?.message).toContain(words);
  });
});
