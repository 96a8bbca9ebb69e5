import assert from 'node:assert/strict';

import { describe, expect, test } from 'vitest';

import type { ApprovalRule } from '../../../src/define/policy.ts';
import { defineApp, defineAssistant, defineTool, requireApproval } from '../../../src/index.ts';
import { judge, TestingError } from '../../../src/testing/gate.ts';
import type { Judgement } from '../../../src/testing/judge.ts';
import {
  assertAllowed,
  assertForbidden,
  assertInvalid,
  assertNeedsApproval,
  assertRan,
} from '../../../src/testing/matchers/node.ts';
import '../../../src/testing/matchers/vitest.ts';
import { app } from '../../testing/refunds.ts';
import { z } from 'zod';

const refund = (amountCents: unknown) =>
  judge(app, 'refund_order', { orderId: 'A-1', amountCents: amountCents });
const ran = {
  effects: () => [
    {
      tool: 'refund_order',
      args: { orderId: 'A-1' },
      context: { tenant: 't' },
      idempotencyKey: 'k',
      approver: { id: 'grace' },
      outcome: 'returned' as const,
    },
  ],
};

describe('a policy is judged without a server', () => {
  test('what schema and policy make of a call is what a model would get', async () => {
    expect(await refund(999)).toBeAllowed();
    expect(await refund(1_000)).toNeedApproval({ within: '30d', approvers: ['finance'] });
    expect(await refund(100_001)).toBeForbidden('Too much');
    expect(await refund(-1)).toBeInvalid('amountCents');
    expect(await refund(1_000)).not.toNeedApproval({ within: '29d' });
    expect(await refund(999)).not.toNeedApproval();
    expect(await refund(1_000)).not.toBeAllowed();
  });

  test.each<ApprovalRule>([
    { quorum: { approve: 2, from: [{ group: 'security', atLeast: 1 }] } },
    { notRequester: true },
    { note: 'deny' },
    { breakGlass: { groups: ['on-call'] } },
    { freshFor: '15m' },
    { auth: { maxAgeMinutes: 5 } },
  ])('who must agree, beside the groups, is told apart: %j', async (rule) => {
    const strict = { ...requireApproval(rule), args: {} } as unknown as Judgement;
    expect(strict).toNeedApproval(rule);
    expect(await refund(1_000)).not.toNeedApproval(rule);
    const plain = { quorum: { approve: 1 }, notRequester: false };
    expect(await refund(1_000)).toNeedApproval(plain);
  });

  test('the assertions for node:test say the same', async () => {
    assertAllowed(await refund(999));
    assertNeedsApproval(await refund(1_000), { within: '30d' });
    assertForbidden(await refund(100_001), /too much/i);
    assertInvalid(await refund('x'), 'amountCents');
    assertRan(ran, 'refund_order', { by: 'grace', args: { orderId: 'A-1' } });
    const judgement = await refund(999);
    assert.throws(() => assertNeedsApproval(judgement, { approvers: ['finance'] }), {
      name: 'AssertionError',
      message:
        'expected the call to need an approval with {"approvers":["finance"]}; the judgement is {"kind":"allow"}',
    });
  });

  test('an effect too many, or by somebody else, is seen', () => {
    expect(ran).toHaveRun('refund_order', { by: 'grace' });
    expect(ran).not.toHaveRun('refund_order', { times: 2 });
    expect(ran).not.toHaveRun('refund_order', { by: 'eve' });
    expect({ effects: () => [...ran.effects(), ...ran.effects()] }).not.toHaveRun('refund_order');
  });

  test('a misspelt tool is told, with those that there are', async () => {
    await expect(judge(app, 'refund', {})).rejects.toThrow(
      'has no tool "refund". Tools it has: refund_order',
    );
  });

  test('a policy that throws is thrown in a test, though in production it only forbids', async () => {
    const broken = defineTool({
      name: 'broken',
      description: 'Has a policy that fails.',
      parameters: z.strictObject({}),
      policy: () => {
        throw new Error('no database');
      },
      execute: () => 'never',
    });
    const assistants = [
      defineAssistant({ name: 'desk', model: 'gpt-test', instructions: 'Help.', tools: [broken] }),
    ];
    const judged = judge(defineApp({ assistants }), 'broken', {});
    await expect(judged).rejects.toThrow(TestingError);
    await expect(judged).rejects.toThrow('policy.failed of "broken": no database');
  });
});
