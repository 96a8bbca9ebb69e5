import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import { NotDecidedError, startGate, TestingError, type Gate } from '../../src/testing/gate.ts';
import { app, scenario } from './refunds.ts';

describe('a gate', () => {
  let gate: Gate;
  beforeAll(async () => {
    gate = await startGate({ app, scenario, patience: '45s' });
  });
  afterAll(() => gate.close());

  test('asks, is decided by somebody, and has its effect once', async () => {
    const turn = await gate.say('Refund A-1042', { user: 'ada' });
    const card = await turn.asked('refund_order');
    expect(card).toMatchObject({
      tool: 'refund_order',
      arguments: { orderId: 'A-1042', amountCents: 4_200 },
    });
    await card.approve({ as: 'grace', groups: ['finance'], note: 'Go ahead.' });
    expect(await turn.reply()).toContain('Refunded A-1042');
    const { turnId } = turn;
    expect(
      gate.effects('refund_order').filter(({ idempotencyKey }) => idempotencyKey.startsWith(turnId)),
    ).toEqual([
      {
        tool: 'refund_order',
        args: { orderId: 'A-1042', amountCents: 4_200 },
        context: { tenant: gate.tenant, user: 'ada' },
        idempotencyKey: card.approvalId,
        approver: { id: 'grace', groups: ['finance'] },
        outcome: 'returned',
        output: 'Refunded A-1042.',
      },
    ]);
  });

  test('a decision that settles nothing is thrown, and the question stays open for the next one', async () => {
    const turn = await gate.say('Refund A-1042');
    const card = await turn.asked();
    const refused = card.approve({ as: 'eve' });
    await expect(refused).rejects.toThrow(NotDecidedError);
    await expect(refused).rejects.toThrow(/refused \(not_an_approver\).*finance.*is pending/);
    expect(await card.decide({ decision: 'deny', approver: { id: 'eve' } })).toMatchObject({
      outcome: 'refused',
    });
    await card.deny({ as: 'grace', groups: ['finance'], note: 'Not today.' });
    expect(await turn.reply()).toContain('Decision: denied. Notes: Not today.');
  });

  test('a turn that asks nobody says so in place of a card', async () => {
    const turn = await gate.say('Hello');
    await expect(turn.asked('refund_order')).rejects.toThrow(
      /has asked nobody about "refund_order".*completed/,
    );
  });

  test('a misspelt tool is told, with those that there are', () => {
    expect(() => gate.effects('refund_ordr')).toThrow('Tools it has: refund_order');
  });

  test('a gate that was closed takes no message', async () => {
    const other = await startGate({ app, scenario });
    const turn = await other.say('Hello');
    await other.close();
    await expect(other.say('Hello')).rejects.toThrow(TestingError);
    await expect(turn.reply()).rejects.toThrow('The gate was closed');
  });

  test('a scenario that cannot be played is told with the field and what is allowed', async () => {
    const typo = { rules: [{ when: ['refund'], replay: 'Done.' }] };
    await expect(startGate({ app, scenario: typo })).rejects.toThrow(
      /rules\[0\] has the unknown field "replay"/,
    );
  });
});
