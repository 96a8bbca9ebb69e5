import { afterAll, beforeAll, expect, test } from 'vitest';

import { defineApp, defineAssistant, requestHumanApproval } from '../../src/index.ts';
import { startGate, type Card, type Gate } from '../../src/testing/gate.ts';

const REQUEST = {
  action: 'Refund order A-1 with 42 EUR.',
  context: 'It arrived broken; the customer sent a photo.',
  urgency: 'high',
};

/** The "model" asks, and then says what it was told. */
const scenario = {
  rules: [
    { when: ['news about'], reply: 'Thank you for the news.' },
    {
      when: ['refund'],
      rounds: [{ calls: [{ tool: 'request_human_approval', arguments: REQUEST }] }],
      reply: { perOutput: [{ say: '{{output}}' }] },
    },
  ],
  otherwise: { reply: 'Hello.' },
};
const tools = [requestHumanApproval({ within: '5m', approvers: ['support'] })];
const desk = defineAssistant({ name: 'desk', model: 'gpt-test', instructions: 'Help.', tools });
let gate: Gate;

beforeAll(async () => {
  gate = await startGate({ app: defineApp({ assistants: [desk] }), scenario, patience: '45s' });
});
afterAll(() => gate.close());

const by = { as: 'grace', groups: ['support'] };
const lesser = { ...REQUEST, action: 'Refund order A-1 with 20 EUR.' };

test('the request waits for a person of the group, who sees what the model asks', async () => {
  const turn = await gate.say('refund, please');
  const card = await turn.asked('request_human_approval');
  const reason = 'The assistant asks before it goes on.';
  expect(card).toMatchObject({ arguments: REQUEST, approvers: ['support'], reason });
  await expect(card.approve()).rejects.toThrow('refused (not_an_approver)');
  await card.approve(by);
  expect(await turn.reply()).toBe('Decision: approved.');
});

test.each<[string, (card: Card) => Promise<unknown>, object, string]>([
  [
    'approve tells the model so, with the notes',
    (card) => card.approve({ ...by, note: 'Not more than that.' }),
    { status: 'approved', outcome: 'executed' },
    'Decision: approved. Notes: Not more than that.',
  ],
  [
    'edit approves something else, and the model is told what',
    (card) => card.edit(lesser, { ...by, note: 'Half.' }),
    { status: 'approved', outcome: 'executed' },
    `Decision: approved. Notes: Half.\nNote: a person changed the arguments before approving. What you asked for: ${JSON.stringify(REQUEST)}. What grace approved instead: ${JSON.stringify(lesser)}`,
  ],
  [
    'deny tells the model so, with the notes',
    (card) => card.deny({ ...by, note: 'The photo shows another lamp.' }),
    { status: 'denied', outcome: 'not_executed' },
    'Decision: denied. Notes: The photo shows another lamp.',
  ],
  [
    'respond hands the model the person’s words and nothing else',
    (card) => card.respond('Ask for the invoice.', by),
    { status: 'answered', outcome: 'not_executed' },
    'Ask for the invoice.',
  ],
  [
    'nobody in time: the model is told not to proceed',
    () => gate.advance('5m'),
    { status: 'expired', outcome: 'not_executed' },
    'Timed out. Do not proceed.',
  ],
])('%s', async (_, act, approval, reply) => {
  const turn = await gate.say('refund, please');
  await act(await turn.asked());
  expect(await turn.ended()).toMatchObject({ status: 'completed', reply, approvals: [approval] });
});
