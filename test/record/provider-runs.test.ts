import { afterAll, beforeAll, expect, test } from 'vitest';

import { defineApp, defineAssistant, requireApproval, type McpOptions } from '../../src/index.ts';
import { startGate, type Gate } from '../../src/testing/gate.ts';

/** What becomes of an approved call that the provider runs by itself, and of which it never hears. */

const shop: McpOptions = {
  serverLabel: 'shop',
  serverUrl: 'https://shop.example/mcp',
  policy: requireApproval(),
};
const call = (tool: string) => ({
  tool,
  arguments: { orderId: 'A-1' },
  mcp: { serverLabel: 'shop', output: 'ok' },
});

let gate: Gate;
beforeAll(async () => {
  gate = await startGate({
    app: defineApp({
      assistants: [defineAssistant({ name: 'desk', model: 'gpt-test', instructions: 'Help.', mcp: [shop] })],
    }),
    scenario: {
      rules: [{ when: ['both'], rounds: [{ calls: [call('ship'), call('sink')] }], reply: 'Done.' }],
      otherwise: { reply: 'Hello.' },
    },
    protocol: 'responses',
    ...{ store: true, patience: '45s' },
  });
});
afterAll(() => gate.close());

const kinds = async (approvalId: string) =>
  (await gate.store!.record.ofApproval(gate.tenant, approvalId)).map(({ kind }) => kind);

test('both are approved, and both are begun and ended', async () => {
  const turn = await gate.say('both', { user: 'ada' });
  const cards = await turn.askedAll(2);
  for (const card of cards) await card.approve({ as: 'grace' });
  await turn.reply();
  for (const { approvalId } of cards)
    expect(await kinds(approvalId)).toEqual(['requested', 'voted', 'settled', 'started', 'executed']);
});

test('one is approved, and the turn is cancelled before the other is: it was not done', async () => {
  const turn = await gate.say('both', { user: 'ada' });
  const [ship, sink] = await turn.askedAll(2);
  await ship!.approve({ as: 'grace' });
  await gate.client.cancelTurn(gate.tenant, turn.turnId);
  const { status, approvals } = await turn.ended();
  expect(status).toBe('cancelled');
  expect(approvals).toMatchObject([
    { status: 'approved', outcome: 'not_executed' },
    { status: 'cancelled', outcome: 'not_executed' },
  ]);
  await expect.poll(() => kinds(ship!.approvalId)).toEqual(['requested', 'voted', 'settled', 'cancelled']);
  await expect.poll(() => kinds(sink!.approvalId)).toEqual(['requested', 'cancelled']);
});
