import { afterAll, beforeAll, describe, expect, onTestFinished, test, vi } from 'vitest';

import { answerAll, approvers, startGate, type Answered, type Gate } from '../../src/testing/gate.ts';
import { app, scenario } from './refunds.ts';

const finance = { as: 'grace', groups: ['finance'] };

describe('scripted approvers', () => {
  let gate: Gate;
  beforeAll(async () => {
    const script = approvers.script([
      { tool: 'other_tool', decision: 'deny' },
      { tool: 'refund_order', decision: 'approve', ...finance },
      { decision: 'edit', arguments: { orderId: 'A-7', amountCents: 1_500 }, ...finance },
      { decision: 'respond', response: 'Ask again tomorrow.', ...finance },
      { decision: 'deny', note: 'Enough.', ...finance },
    ]);
    gate = await startGate({ app, scenario, approvers: script, patience: '45s' });
  });
  afterAll(() => gate.close());

  test('a script answers one question after the other, each with its step', async () => {
    const replies = [];
    for (let turns = 0; turns < 4; turns += 1) replies.push(await (await gate.say('Refund A-1042')).reply());
    expect(replies).toMatchObject([
      'Refunded A-1042.',
      expect.stringContaining('Refunded A-7.'),
      'Ask again tomorrow.',
      'Decision: denied. Notes: Enough.',
    ]);
    const left = await gate.say('Refund A-1042');
    expect(await (await left.asked()).read()).toMatchObject({ status: 'pending' });
  });

  test('for a client, as the command line has it: what each question came to is told, a refused one too', async () => {
    await using desk = await startGate({ app, scenario, patience: '45s' });
    const over = new AbortController();
    const answered: Answered[] = [];
    const { client, tenant } = desk;
    const answering = answerAll({
      ...{ client, tenant, signal: over.signal },
      approvers: approvers.deny({ as: 'eve' }),
      onAnswer: (one) => answered.push(one),
    });
    await (await desk.say('Refund A-1042')).asked();
    await expect
      .poll(() => answered)
      .toMatchObject([{ receipt: { outcome: 'refused', reason: 'not_an_approver' } }]);
    over.abort();
    await answering;
  });

  test('a script that cannot be followed names the step and what is allowed', () => {
    const script = () => approvers.script([{ decision: 'approve' }, { decision: 'aprove' as 'approve' }]);
    expect(script).toThrow('step 2, decision must be one of approve, deny, edit, respond');
    expect(() => approvers.script([{ decision: 'edit' }])).toThrow(
      'step 1, arguments belongs to decision "edit"',
    );
  });

  test('in production nobody is scripted, and no gate starts', async () => {
    const { client, tenant } = gate;
    const signal = AbortSignal.abort();
    vi.stubEnv('NODE_ENV', 'production');
    onTestFinished(() => void vi.unstubAllEnvs());
    const refused = (what: string) => `${what} is refused because NODE_ENV is "production"`;
    const answering = answerAll({ client, tenant, signal, approvers: approvers.approve() });
    await expect(answering).rejects.toThrow(refused('A scripted approver'));
    await expect(startGate({ app })).rejects.toThrow(refused('startGate'));
  });
});
