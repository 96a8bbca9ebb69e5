import { describe, expect, test } from 'vitest';

import { PROTOCOLS } from '../../src/contracts/run.ts';
import { startGate, type Gate } from '../../src/testing/gate.ts';
import '../../src/testing/matchers/vitest.ts';
import { app, scenario } from './refunds.ts';

const finance = { as: 'grace', groups: ['finance'] };
const patience = '45s';

async function refunded(gate: Gate): Promise<string> {
  const turn = await gate.say('Refund A-1042');
  const card = await turn.asked('refund_order');
  await card.approve(finance);
  const reply = await turn.reply();
  expect(gate).toHaveRun('refund_order', { by: 'grace' });
  return reply;
}

describe.each(PROTOCOLS)('faults by name, over %s', (protocol) => {
  test('a lost answer to the submit has its effect once, and is the submit alone', async () => {
    await using gate = await startGate({ app, scenario, protocol, patience });
    gate.provider.drop('submit'); // the message of the turn is none
    expect(await refunded(gate)).toBe('Refunded A-1042.');
    const idsOf = (step?: 'create' | 'submit') =>
      gate.provider.requests(step).map(({ id, fault }) => `${id} ${String(fault)}`);
    const spoilt = idsOf().filter((id) => id.endsWith('drop_after'));
    expect(spoilt).toHaveLength(1);
    expect(idsOf('submit')).toContain(spoilt[0]);
    expect(idsOf('create')).not.toContain(spoilt[0]);
    expect(idsOf('create')).toHaveLength(1);
  });
});

describe('faults', () => {
  test('each is one of the simulator’s', async () => {
    await using gate = await startGate({ app, scenario, patience });
    const { provider } = gate;
    const spoils = {
      drop_before: () => provider.drop('submit', { when: 'before', how: 'reset' }),
      status: () => provider.status('submit', 500, { when: 'after' }),
      delay: () => provider.delay('submit', 200),
      malformed: () => provider.malformed('submit'),
      expire_now: () => provider.expire('submit'),
    };
    for (const [fault, spoil] of Object.entries(spoils)) {
      const turn = await gate.say('Refund A-1042');
      const card = await turn.asked();
      spoil();
      await card.approve(finance);
      expect(await turn.reply(), fault).toContain('Refunded A-1042.');
      expect(provider.requests().filter((request) => request.fault === fault)).toHaveLength(1);
    }
    expect(gate).toHaveRun('refund_order', { times: 5 });
  });

  test('a step that is none, and one that the protocol does not have, are told', async () => {
    await using gate = await startGate({ app, scenario, protocol: 'chat' });
    expect(() => gate.provider.drop('sumbit' as 'submit')).toThrow(
      'There are: open, create, submit, look, cancel',
    );
    expect(() => gate.provider.drop('cancel')).toThrow('The protocol "chat" has no request for "cancel"');
  });

  test('gates in one process share nothing but the server', async () => {
    await using one = await startGate({ app, scenario, patience });
    await using other = await startGate({ app, scenario, patience });
    one.provider.drop('submit');
    await one.advance('1h');
    expect(await refunded(one)).toBe('Refunded A-1042.');
    expect(other).not.toHaveRun('refund_order');
    expect(other.provider.requests()).toEqual([]);
    expect(other.now()).toBeLessThan(one.now() - 3_000_000);
    expect((await other.client.listPending(other.tenant)).approvals).toEqual([]);
  });
});
