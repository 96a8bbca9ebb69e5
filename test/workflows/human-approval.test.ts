import { afterAll, beforeAll, expect, test } from 'vitest';

import { defineApp, defineAssistant, requestHumanApproval } from '../../src/index.ts';
import { startWorld, type World } from '../support/world.ts';

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

function assistantThatAsks(options: Parameters<typeof requestHumanApproval>[0]) {
  const tools = [requestHumanApproval(options)];
  const assistant = defineAssistant({ name: 'desk', model: 'gpt-test', instructions: 'Help.', tools });
  return defineApp({ assistants: [assistant] });
}

let world: World;
let hasty: World;

beforeAll(async () => {
  world = await startWorld({
    app: assistantThatAsks({ within: '5m', approvers: ['support'] }),
    name: 'human-approval',
    simulator: { scenario },
  });
  hasty = await startWorld({
    app: assistantThatAsks({ within: '2s' }),
    name: 'human-approval-hasty',
    simulator: { scenario },
  });
});
afterAll(() => Promise.all([world.stop(), hasty.stop()]));

const approver = { id: 'grace', groups: ['support'] };

async function asked() {
  const turnId = await world.say('refund, please');
  const [approval] = await world.pending(turnId);
  return { turnId, approval: approval! };
}

test('the request waits for a person of the group, who sees what the model asks', async () => {
  const { turnId, approval } = await asked();
  expect(approval).toMatchObject({
    tool: 'request_human_approval',
    arguments: REQUEST,
    approvers: ['support'],
    reason: 'The assistant asks before it goes on.',
  });
  expect(await world.decide(approval, {})).toMatchObject({ outcome: 'refused', reason: 'not_an_approver' });
  expect(await world.decide(approval, { approver })).toMatchObject({ outcome: 'applied' });
  expect(await world.end(turnId)).toMatchObject({ status: 'completed', reply: 'Decision: approved.' });
});

test('approve tells the model so, with the notes', async () => {
  const { turnId, approval } = await asked();
  await world.decide(approval, { approver, note: 'Not more than that.' });
  const turn = await world.end(turnId);
  expect(turn.reply).toBe('Decision: approved. Notes: Not more than that.');
  expect(turn.approvals).toMatchObject([{ status: 'approved', outcome: 'executed' }]);
});

test('edit approves something else, and the model is told what', async () => {
  const { turnId, approval } = await asked();
  const args = { ...REQUEST, action: 'Refund order A-1 with 20 EUR.' };
  await world.decide(approval, { approver, decision: 'edit', arguments: args, note: 'Half.' });
  expect((await world.end(turnId)).reply).toBe(
    `Decision: approved. Notes: Half.\nNote: a person changed the arguments before approving. What you asked for: ${JSON.stringify(REQUEST)}. What ${approver.id} approved instead: ${JSON.stringify(args)}`,
  );
});

test('deny tells the model so, with the notes', async () => {
  const { turnId, approval } = await asked();
  await world.decide(approval, { approver, decision: 'deny', note: 'The photo shows another lamp.' });
  const turn = await world.end(turnId);
  expect(turn.reply).toBe('Decision: denied. Notes: The photo shows another lamp.');
  expect(turn.approvals).toMatchObject([{ status: 'denied', outcome: 'not_executed' }]);
});

test('respond hands the model the person’s words and nothing else', async () => {
  const { turnId, approval } = await asked();
  await world.decide(approval, { approver, decision: 'respond', response: 'Ask for the invoice.' });
  expect((await world.end(turnId)).reply).toBe('Ask for the invoice.');
});

test('nobody in time: the model is told not to proceed', async () => {
  const turn = await hasty.end(await hasty.say('refund, please'));
  expect(turn).toMatchObject({ status: 'completed', reply: 'Timed out. Do not proceed.' });
  expect(turn.approvals).toMatchObject([{ status: 'expired', outcome: 'not_executed' }]);
});
