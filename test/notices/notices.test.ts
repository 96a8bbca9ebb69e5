import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { z } from 'zod';

import { noticeWorkflowId, turnWorkflowId } from '../../src/contracts/ids.ts';
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
  const desk = payBack(refund);
  const both = ['A-1', 'B-2'].map((orderId) => ({ tool: 'refund', arguments: { orderId } }));
  desk.scenario.rules.push({ ...desk.scenario.rules[0]!, when: ['both'], rounds: [{ calls: both }] });
  gate = await startGate({ ...desk, store: true, mail: { url: mailbox.url }, patience: '45s' });
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

test('a cancel changes nothing: people are told, reminded, and told how it ended', async () => {
  policy = requireApproval({
    ...{ approvers: ['finance'], within: '30d', onRunDeadline: 'deny' },
    ladder: [{ after: '1m', remind: true }],
  });
  const { turn, card } = await ask();
  await expect.poll(() => count('grace')).toBe(1);
  const handle = gate.temporal.workflow.getHandle(noticeWorkflowId(gate.tenant, card.approvalId));
  await handle.cancel();
  await gate.advance('2m');
  await expect.poll(() => count('grace')).toBe(2);
  await card.approve({ as: 'grace', groups: ['finance'] });
  await turn.reply();
  expect(await ended(card.approvalId)).toMatchObject({ updated: 2 });
  expect(mailbox.to('linus@acme.example').at(-1)?.text).toContain('refund: approved by grace.');
  expect((await handle.describe()).status.name).toBe('COMPLETED');
});

const kinds = async (approvalId: string) =>
  (await gate.store!.record.ofApproval(gate.tenant, approvalId)).map(({ kind }) => kind);
const recipients = () => mailbox.mails.map(({ recipient }) => recipient.split('@')[0]);
const count = (name: string) => recipients().filter((one) => one === name).length;

test('a ladder reminds those who may decide, tells others, and lets them decide from its time on', async () => {
  policy = requireApproval({
    ...{ approvers: ['finance'], within: '30d' },
    ladder: [
      { after: '30m', remind: true },
      { after: '2h', mayDecide: ['managers'] },
    ],
  });
  const { turn, card } = await ask();
  await expect.poll(() => recipients().toSorted()).toEqual(['grace', 'linus']);
  const early = await card
    .approve({ as: 'mia', groups: ['managers'] })
    .catch((error: unknown) => String(error));
  expect(JSON.stringify(early)).toContain('finance');
  await gate.advance('31m');
  await expect.poll(() => recipients().toSorted()).toEqual(['grace', 'grace', 'linus', 'linus']);
  expect(mailbox.mails[3]?.text).toContain('still needed');
  await gate.advance('2h');
  await expect.poll(() => count('mia')).toBe(1);
  expect(mailbox.to('mia@acme.example')[0]?.text).toContain('Nobody has decided yet.');
  await card.approve({ as: 'mia', groups: ['managers'] });
  await (await turn.continuation()).reply();
  expect(await ended(card.approvalId)).toMatchObject({ told: 5 });
  expect(gate.effects().at(-1)?.approver?.id).toBe('mia');
  expect((await kinds(card.approvalId)).filter((kind) => kind === 'escalated')).toHaveLength(1);
});

test('a server that is down delays no decision, and what it missed is not sent after the end', async () => {
  mailbox.behaviour = { is: 'refuses', code: 451, at: 'DATA' };
  const { turn, card } = await ask();
  const told = async () =>
    (await gate.store!.notices.ofApproval(gate.tenant, card.approvalId)).map(({ state, error }) => [
      state,
      error,
    ]);
  const why = 'The SMTP server answered 451 to DATA.';
  await expect.poll(told).toEqual([
    ['planned', why],
    ['planned', why],
  ]);
  const waiting = 'countersign_notices_undelivered{channel="mail",state="planned"}';
  const counted = async () => (await (await fetch(`${gate.gateway.url}/metrics`)).text()).includes(waiting);
  expect(await counted()).toBe(true);
  await card.approve({ as: 'grace', groups: ['finance'] });
  await turn.reply();
  mailbox.behaviour = { is: 'takes' };
  expect(await ended(card.approvalId)).toEqual({ told: 0, updated: 0 });
  expect(mailbox.mails).toEqual([]);
  expect(await told()).toEqual([
    ['dropped', why],
    ['dropped', why],
  ]);
  expect(await counted()).toBe(false);
});

test('what a server refused for now arrives when it takes mail again', async () => {
  mailbox.behaviour = { is: 'refuses', code: 451, at: 'DATA' };
  const before = mailbox.begun;
  const { card } = await ask();
  await expect.poll(() => mailbox.begun - before).toBeGreaterThan(1);
  mailbox.behaviour = { is: 'takes' };
  await gate.advance('1m');
  await expect.poll(() => recipients().toSorted()).toEqual(['grace', 'linus']);
  await card.deny({ as: 'grace', groups: ['finance'] });
});

test('that nobody is left to tell is said once', async () => {
  policy = requireApproval({
    ...{ approvers: ['ghosts'], within: '30d' },
    ladder: [{ after: '1h', remind: true }],
  });
  const { card } = await ask();
  const nobody = async () =>
    (await gate.store!.record.ofApproval(gate.tenant, card.approvalId)).filter(
      ({ kind }) => kind === 'noticed',
    );
  await expect.poll(nobody).toMatchObject([{ reason: 'nobody: nobody belongs to the groups' }]);
  await gate.advance('2h');
  expect(await nobody()).toHaveLength(1);
  await card.deny({ as: 'x', groups: ['ghosts'] });
  expect(await ended(card.approvalId)).toEqual({ told: 0, updated: 0 });
});

test.each([
  ['that no message told of', () => gate.advance('2h')],
  [
    'while every worker was down',
    async () => {
      await gate.kill('worker', { restart: false });
      await gate.advance('2h');
      await gate.restart('worker');
    },
  ],
])('a question that expired %s is told to the operator, once', async (_name, expires) => {
  policy = requireApproval({ approvers: ['finance'], within: '1h' });
  mailbox.behaviour = { is: 'refuses', code: 451, at: 'DATA' };
  const { turn, card } = await ask();
  await expires();
  await turn.reply();
  expect(await ended(card.approvalId)).toEqual({ told: 0, updated: 0 });
  const entries = await gate.store!.record.ofApproval(gate.tenant, card.approvalId);
  expect(entries.filter(({ kind }) => kind === 'noticed')).toMatchObject([
    { reason: 'nobody: it expired, and no message is known to have arrived' },
  ]);
});

test('a question that expired, of which people were told and whose end no server takes, is no alarm', async () => {
  policy = requireApproval({ approvers: ['finance'], within: '1h' });
  const { turn, card } = await ask();
  await expect.poll(() => recipients().toSorted()).toEqual(['grace', 'linus']);
  mailbox.behaviour = { is: 'refuses', code: 550, at: 'RCPT' };
  await gate.advance('2h');
  await turn.reply();
  expect(await ended(card.approvalId)).toEqual({ told: 2, updated: 0 });
  const notices = await gate.store!.notices.ofApproval(gate.tenant, card.approvalId);
  expect(notices.map(({ state }) => state)).toEqual(['failed', 'failed']);
  const entries = await gate.store!.record.ofApproval(gate.tenant, card.approvalId);
  expect(entries.filter(({ kind }) => kind === 'noticed').map(({ reason }) => reason)).toEqual([
    'mail',
    'mail',
  ]);
});

test('two calls of one round arrive as one message that shows both', async () => {
  const turn = await gate.say('both', { user: 'ada' });
  const cards = await turn.askedAll(2);
  await expect.poll(() => recipients().toSorted()).toEqual(['grace', 'linus']);
  const [mail] = mailbox.to('grace@acme.example');
  expect(mail?.subject).toBe('2 decisions needed: refund');
  for (const { approvalId } of cards) expect(mail?.text).toContain(approvalId);
  for (const card of cards) await card.deny({ as: 'grace', groups: ['finance'] });
  await turn.reply();
});

test('a turn has the same events with notices and without', async () => {
  await using without = await startGate({ ...payBack(refund), store: true, patience: '45s' });
  const eventsOf = async (on: Gate): Promise<unknown[]> => {
    const turn = await on.say('pay back', { user: 'ada' });
    const card = await turn.asked();
    await card.approve({ as: 'grace', groups: ['finance'] });
    await turn.reply();
    const handle = on.temporal.workflow.getHandle(turnWorkflowId(on.tenant, turn.turnId));
    await handle.result();
    const { events } = await handle.fetchHistory();
    // How many tasks a worker makes of them depends on its speed.
    return (events ?? []).filter(({ eventType }) => !isTask(eventType)).map(({ eventType }) => eventType);
  };
  expect(await eventsOf(gate)).toEqual(await eventsOf(without));
});

test('nobody gets more messages an hour than allowed: what is more comes together in one', async () => {
  await using other = await startGate({
    ...payBack(refund),
    ...{ store: true, mail: { url: mailbox.url, perHour: 2 }, patience: '45s' },
  });
  policy = requireApproval({ approvers: ['finance'], within: '30d' });
  await other.store!.people.put(other.tenant, [{ id: 'ada', mail: 'ada@acme.example', groups: ['finance'] }]);
  const asked: string[] = [];
  for (const _ of [1, 2, 3, 4]) {
    const turn = await other.say('pay back');
    asked.push((await turn.asked()).approvalId);
  }
  const states = async () => {
    const all = await Promise.all(asked.map((id) => other.store!.notices.ofApproval(other.tenant, id)));
    return all.flat().map(({ state }) => state);
  };
  await expect.poll(async () => (await states()).toSorted()).toEqual(['held', 'held', 'sent', 'sent']);
  expect(mailbox.mails).toHaveLength(2);
  await other.advance('61m');
  await expect.poll(states).toEqual(['sent', 'sent', 'sent', 'sent']);
  expect(mailbox.mails).toHaveLength(3);
  expect(mailbox.mails[2]?.text).toContain('these had to wait');
});

/** WORKFLOW_TASK_SCHEDULED, _STARTED, _COMPLETED, _TIMED_OUT and _FAILED. */
function isTask(eventType: unknown): boolean {
  return [5, 6, 7, 8, 9].includes(Number(eventType));
}
