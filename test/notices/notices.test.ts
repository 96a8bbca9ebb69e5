import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { z } from 'zod';

import { noticeWorkflowId } from '../../src/contracts/ids.ts';
import { defineTool, requireApproval, type Verdict } from '../../src/index.ts';
import { startGate, type Gate } from '../../src/testing/gate.ts';
import { openMailbox, type Mailbox } from '../support/mailbox.ts';
import { payBack } from '../support/pay-back.ts';

/** People are told of a question by mail, reminded, and told how it ended. */

let policy: Verdict;
const refund = defineTool({
  ...{ name: 'refund', description: 'Pays money back.', parameters: z.strictObject({ orderId: z.string() }) },
  policy: () => policy,
  execute: ({ orderId }) => `Refunded ${orderId}.`,
});

let mailbox: Mailbox;
let gate: Gate;
beforeAll(async () => {
  mailbox = await openMailbox();
  gate = await startGate({ ...payBack(refund), store: true, mail: { url: mailbox.url }, patience: '45s' });
  await gate.store!.people.put(gate.tenant, [
    { id: 'grace', name: 'Grace Hopper', mail: 'grace@acme.example', groups: ['finance'] },
    { id: 'linus', mail: 'linus@acme.example', groups: ['finance'] },
    { id: 'mia', mail: 'mia@acme.example', groups: ['managers'] },
    { id: 'nobody', groups: ['finance'] },
  ]);
});
afterAll(async () => {
  await gate.close();
  await mailbox.close();
});
beforeEach(() => {
  policy = requireApproval({ approvers: ['finance'], within: '30d', onRunDeadline: 'deny' });
  mailbox.mails.length = 0;
  mailbox.behaviour = { is: 'takes' };
});

const ask = async () => {
  const turn = await gate.say('pay back', { user: 'ada' });
  return { turn, card: await turn.asked() };
};
const ended = (approvalId: string) =>
  gate.temporal.workflow.getHandle(noticeWorkflowId(gate.tenant, approvalId)).result() as Promise<unknown>;

test('those who may decide are told by mail with a link to the card, and how it ended in the same thread', async () => {
  const { turn, card } = await ask();
  await expect
    .poll(() => mailbox.mails.map(({ recipient }) => recipient).toSorted())
    .toEqual(['grace@acme.example', 'linus@acme.example']);
  const [asked] = mailbox.to('grace@acme.example');
  expect(asked).toMatchObject({ subject: 'Decision needed: refund' });
  expect(asked).not.toHaveProperty('inReplyTo');
  const link = `${gate.gateway.url}/inbox/approvals/${card.approvalId}`;
  expect(asked?.text).toContain(link);
  expect(asked?.html).toContain(`href="${link}"`);
  expect(asked?.text).toContain('A-1');

  await card.approve({ as: 'grace', groups: ['finance'] });
  await turn.reply();
  expect(await ended(card.approvalId)).toEqual({ told: 2, updated: 2 });
  expect(mailbox.to('grace@acme.example')).toHaveLength(1);
  const [first, last] = mailbox.to('linus@acme.example');
  expect(last).toMatchObject({ subject: 'Re: Decision needed: refund', inReplyTo: first?.messageId });
  expect(last?.text).toContain('refund: approved by grace.');
  const entries = await gate.store!.record.ofApproval(gate.tenant, card.approvalId);
  expect(entries.filter(({ kind }) => kind === 'noticed').map(({ person }) => person?.id)).toEqual([
    'grace',
    'linus',
  ]);
});
