import { describe, expect, test } from 'vitest';

import { signOffProblem } from '../../../src/activities/sign-off.ts';
import type { CallToRun } from '../../../src/contracts/approval/review.ts';
import { argumentsDigest } from '../../../src/contracts/digest.ts';

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
const approval = {
  approvalId: call.approvalId,
  approver: { id: 'ada' },
  resolvedAt: '2026-11-21T10:00:00.000Z',
  deadline: '2026-11-21T10:05:00.000Z',
};
const given = { call, tenant: 'acme', approval };

/** Every way to change one leaf of a JSON value, with the path to it. */
function changedLeaves(value: unknown, path = 'arguments'): { path: string; changed: unknown }[] {
  if (typeof value !== 'object' || value === null) {
    const others = [`${String(value)} `, Number(value) + 1, null, true, undefined].filter(
      (other) => other !== value,
    );
    return others.map((changed) => ({ path: `${path} to ${String(changed)}`, changed }));
  }
  if (Array.isArray(value)) {
    const longer = { path: `${path}, one more`, changed: [...(value as unknown[]), 0] };
    return [
      longer,
      ...value.flatMap((item, at) =>
        changedLeaves(item, `${path}.${at}`).map(({ path: to, changed }) => ({
          path: to,
          changed: value.toSpliced(at, 1, changed),
        })),
      ),
    ];
  }
  const record = value as Record<string, unknown>;
  const wider = { path: `${path}, one more`, changed: { ...record, extra: 1 } };
  return [
    wider,
    ...Object.entries(record).flatMap(([key, item]) =>
      changedLeaves(item, `${path}.${key}`).map(({ path: to, changed }) => ({
        path: to,
        changed: { ...record, [key]: changed },
      })),
    ),
  ];
}

test('what was reviewed and signed off in time may run', () => {
  expect(signOffProblem(given)).toBeNull();
  expect(signOffProblem({ ...given, approval: { ...approval, deadline: null } })).toBeNull();
});

test('what the policy let through needs no sign-off', () => {
  expect(
    signOffProblem({ ...given, call: { ...call, needsApproval: false }, approval: undefined }),
  ).toBeNull();
});

describe('nothing runs', () => {
  test.each(changedLeaves(args))('with $path', ({ changed }) => {
    const problem = signOffProblem({ ...given, call: { ...call, arguments: changed as typeof args } });
    expect(problem?.type).toBe('Tool.DigestMismatch');
  });

  test.each([
    ['another tool', { ...given, call: { ...call, tool: 'delete_order' } }, 'Tool.DigestMismatch'],
    ['another tenant', { ...given, tenant: 'globex' }, 'Tool.DigestMismatch'],
    [
      'another digest',
      { ...given, call: { ...call, argumentsDigest: `sha256:${'0'.repeat(64)}` } },
      'Tool.DigestMismatch',
    ],
    ['no sign-off', { ...given, approval: undefined }, 'Tool.NotSignedOff'],
    [
      'the sign-off of another call',
      { ...given, approval: { ...approval, approvalId: 'c.turn00000001.approval2' } },
      'Tool.NotSignedOff',
    ],
    [
      'an earlier expiry',
      { ...given, approval: { ...approval, deadline: approval.resolvedAt } },
      'Tool.SignOffExpired',
    ],
    [
      'an expiry that is no time',
      { ...given, approval: { ...approval, deadline: 'soon' } },
      'Tool.SignOffExpired',
    ],
    ['a sign-off at no time', { ...given, approval: { ...approval, resolvedAt: '' } }, 'Tool.SignOffExpired'],
  ])('with %s', (_, changed, type) => {
    expect(signOffProblem(changed)?.type).toBe(type);
  });
});
