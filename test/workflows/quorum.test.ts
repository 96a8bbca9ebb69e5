import { afterAll, beforeAll, expect, test } from 'vitest';
import { z } from 'zod';

import { allow, defineApp, defineAssistant, defineTool, requireApproval } from '../../src/index.ts';
import { startGate, type Gate } from '../../src/testing/gate.ts';

const order = z.strictObject({ orderId: z.string(), amountCents: z.number() });
const refund = defineTool({
  ...{ name: 'refund', description: 'Pays money back.', parameters: order },
  policy: ({ amountCents }) =>
    amountCents < 1_000
      ? allow()
      : requireApproval({
          ...{ approvers: ['finance', 'security'], within: '1d', notRequester: true, note: 'deny' },
          quorum: { approve: 2, deny: 2, from: [{ group: 'security', atLeast: 1 }] },
          breakGlass: { groups: ['on-call'] },
        }),
  execute: ({ amountCents }) => `Refunded ${amountCents}.`,
});
const app = defineApp({
  assistants: [defineAssistant({ name: 'desk', model: 'gpt-test', instructions: 'Help.', tools: [refund] })],
});
const scenario = {
  rules: [
    {
      when: ['refund'],
      rounds: [{ calls: [{ tool: 'refund', arguments: { orderId: 'A-1', amountCents: 4_200 } }] }],
      reply: { perOutput: [{ say: '{{output}}' }] },
    },
  ],
  otherwise: { reply: 'Hello.' },
};

let gate: Gate;
beforeAll(async () => {
  gate = await startGate({ app, scenario, patience: '45s' });
});
afterAll(() => gate.close());

const asked = async () => {
  const turn = await gate.say('refund', { user: 'ada' });
  return { turn, card: await turn.asked('refund') };
};
const effectsOf = ({ turnId }: { turnId: string }) =>
  gate.effects('refund').filter(({ idempotencyKey }) => idempotencyKey.startsWith(turnId));

test('two people approve, one of them of security, and votes outlive the worker', async () => {
  const { turn, card } = await asked();
  await expect(card.approve({ as: 'ada', groups: ['security'] })).rejects.toThrow(/requester.*somebody else/);
  const first = await card.approve({ as: 'bob', groups: ['finance'] });
  expect(first).toMatchObject({
    outcome: 'voted',
    missing: { approvals: 1, from: [{ group: 'security', atLeast: 1 }] },
  });
  await gate.kill('worker');
  expect((await card.read()).votes).toMatchObject([{ approver: { id: 'bob' }, decision: 'approve' }]);
  await expect(card.deny({ as: 'bob', groups: ['finance'], note: 'No.' })).rejects.toThrow(/already_voted/);
  // A second one of finance makes two, and security is still missing.
  expect(await card.approve({ as: 'carl', groups: ['finance'] })).toMatchObject({ outcome: 'voted' });
  expect(effectsOf(turn)).toEqual([]);
  expect(await card.approve({ as: 'sue', groups: ['security'] })).toMatchObject({ outcome: 'applied' });
  expect(await turn.reply()).toContain('Refunded 4200.');
  expect(effectsOf(turn)).toHaveLength(1);
});

test('an edit makes earlier votes fall, and its author needs another person', async () => {
  const { turn, card } = await asked();
  await card.approve({ as: 'sue', groups: ['security'] });
  const edited = await card.edit({ orderId: 'A-1', amountCents: 2_000 }, { as: 'bob', groups: ['security'] });
  expect(edited).toMatchObject({ outcome: 'voted', missing: { approvals: 1, from: [] } });
  await expect(card.approve({ as: 'carl', groups: ['finance'] })).rejects.toThrow(/digest_mismatch/);
  const again = await turn.asked('refund');
  expect(again.arguments).toMatchObject({ amountCents: 2_000 });
  await again.approve({ as: 'sue', groups: ['security'] });
  expect(await turn.reply()).toContain('Refunded 2000.');
  expect((await again.read()).proposals).toMatchObject([
    { by: { kind: 'model' }, votes: [{ approver: { id: 'sue' } }] },
    { by: { kind: 'person', id: 'bob' }, arguments: { amountCents: 2_000 } },
  ]);
});

test('two denials with reasons deny it', async () => {
  const { turn, card } = await asked();
  await expect(card.deny({ as: 'bob', groups: ['finance'] })).rejects.toThrow(/note_required/);
  expect(await card.deny({ as: 'bob', groups: ['finance'], note: 'Too much.' })).toMatchObject({
    outcome: 'voted',
  });
  await card.deny({ as: 'carl', groups: ['finance'], note: 'I agree.' });
  expect(await turn.reply()).toContain('Decision: denied. Notes: I agree.');
  expect(effectsOf(turn)).toEqual([]);
});

test('whoever is on call breaks the glass with a reason, and it is marked', async () => {
  const { turn, card } = await asked();
  const alone = { as: 'olga', groups: ['on-call'], breakGlass: true };
  await expect(card.approve({ ...alone, note: 'now' })).rejects.toThrow(/not_break_glass.*10 characters/);
  await card.approve({ ...alone, note: 'The shop is down for everybody.' });
  await turn.reply();
  expect((await card.read()).decision).toMatchObject({ approver: { id: 'olga' }, breakGlass: true });
  expect(effectsOf(turn)).toHaveLength(1);
});
