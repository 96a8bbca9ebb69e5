import { afterAll, beforeAll, expect, test } from 'vitest';
import { z } from 'zod';

import { defineTool, requireApproval } from '../../src/index.ts';
import { startGate, type Gate } from '../../src/testing/gate.ts';
import { payBack } from '../support/pay-back.ts';

/** One person is one voter and one requester, under every name that the directory knows, also past the gateway. */

const refund = defineTool({
  ...{ name: 'refund', description: 'Pays money back.', parameters: z.strictObject({ orderId: z.string() }) },
  policy: requireApproval({ approvers: ['finance'], quorum: { approve: 2 }, notRequester: true }),
  execute: ({ orderId }) => `Refunded ${orderId}.`,
});

let gate: Gate;
beforeAll(async () => {
  gate = await startGate({ ...payBack(refund), store: true, patience: '45s' });
  await gate.store!.people.put(gate.tenant, [
    { id: 'ada', mail: 'ada@example.com', groups: ['finance'] },
    { id: 'eve', mail: 'eve@example.com', slackId: 'U0EVE', groups: ['finance'] },
  ]);
});
afterAll(() => gate.close());

test('the requester and a voter are told by whichever name they come again, and others decide', async () => {
  const turn = await gate.say('pay back', { user: 'ada@example.com' });
  const { approvalId } = await turn.asked();
  const vote = (id: string) =>
    gate.client.decide(gate.tenant, {
      ...{ approvalId, decision: 'approve', source: 'cli', approver: { id, groups: ['finance'] } },
    });
  expect(await vote('ada')).toMatchObject({ outcome: 'refused', reason: 'requester', status: 'pending' });
  expect(await vote('U0EVE')).toMatchObject({ outcome: 'voted' });
  for (const again of ['eve', 'EVE@example.com', 'handover:eve@example.com'])
    expect(await vote(again)).toMatchObject({ outcome: 'refused', reason: 'already_voted' });
  expect(await vote('bob')).toMatchObject({ outcome: 'applied', status: 'approved' });
  expect(await turn.reply()).toContain('Refunded');
});
