import { setTimeout as sleep } from 'node:timers/promises';

import type { WorkflowHandle } from '@temporalio/client';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { z } from 'zod';

import { noticeWorkflowId } from '../../src/contracts/ids.ts';
import { defineTool, requireApproval } from '../../src/index.ts';
import { ACTIONS } from '../../src/notices/slack/blocks.ts';
import { createSlackChannel } from '../../src/notices/slack/slack.ts';
import { createMailChannel } from '../../src/notices/mail/mail.ts';
import { startGate, type Gate } from '../../src/testing/gate.ts';
import { openMailbox, type Mailbox } from '../support/mailbox.ts';
import { payBack } from '../support/pay-back.ts';
import { startSlack, TOKEN, type SlackServer } from '../support/slack/server.ts';

/** Messages that can be changed follow the votes and the edits of a question, and end with it. */

const refund = defineTool({
  ...{ name: 'refund', description: 'Pays money back.', parameters: z.strictObject({ orderId: z.string() }) },
  policy: (_args, { approve, channels }) =>
    requireApproval({
      ...{ approvers: ['finance'], within: '30d', onRunDeadline: 'deny', notify: channels as ['slack'] },
      quorum: { approve: approve as number, deny: 2 },
    }),
  execute: ({ orderId }) => `Refunded ${orderId}.`,
});

let slack: SlackServer;
let mailbox: Mailbox;
let gate: Gate;
beforeAll(async () => {
  [slack, mailbox] = await Promise.all([startSlack(), openMailbox()]);
  const { apiUrl } = slack;
  for (const id of ['U0GRACE', 'U0LINUS', 'U0NELL']) slack.users.set(id, { id });
  const channels = [
    createSlackChannel({ token: TOKEN, apiUrl }),
    createMailChannel({ url: mailbox.url, from: 'Countersign <signoff@acme.example>' }),
  ];
  gate = await startGate({
    ...payBack(refund),
    ...{ store: true, patience: '45s' },
    worker: { notices: { channels, publicUrl: 'https://countersign.example.com' } },
  });
  const groups = ['finance'];
  await gate.store!.people.put(gate.tenant, [
    { id: 'grace', slackId: 'U0GRACE', mail: 'grace@acme.example', groups },
    { id: 'linus', slackId: 'U0LINUS', mail: 'linus@acme.example', groups },
    { id: 'nell', slackId: 'U0NELL', mail: 'nell@acme.example', groups },
  ]);
});
afterAll(async () => {
  await gate.close();
  await Promise.all([slack.close(), mailbox.close()]);
});
beforeEach(() => {
  slack.trouble.clear();
  for (const list of [slack.messages, slack.calls, mailbox.mails]) list.length = 0;
});

async function ask({ approve = 3, channels = ['slack'] } = {}) {
  const turn = await gate.say('pay back', { user: 'ada', context: { approve, channels } });
  const card = await turn.asked();
  const notices = async () => gate.store!.notices.ofApproval(gate.tenant, card.approvalId);
  const states = async () => (await notices()).map(({ state }) => state);
  await expect.poll(states).toEqual(Array(3 * channels.length).fill('sent'));
  const workflow = gate.temporal.workflow.getHandle(noticeWorkflowId(gate.tenant, card.approvalId));
  return { turn, card, workflow };
}
const as = (who: string) => ({ as: who, groups: ['finance'] });
const updates = () => slack.calls.filter(({ method }) => method === 'chat.update').length;
const words = () => [...new Set(slack.messages.map(({ text }) => text))];
const shown = () => slack.messages.map(({ blocks }) => JSON.stringify(blocks));

type Events = NonNullable<Awaited<ReturnType<WorkflowHandle['fetchHistory']>>['events']>;
const msOf = (event: Events[number] | undefined): number =>
  Number(event?.eventTime?.seconds) * 1_000 + Number(event?.eventTime?.nanos) / 1e6;

test('a vote stands on every card, and votes of a burst by one change of each', async () => {
  const { turn, card, workflow } = await ask();
  await Promise.all(['grace', 'linus'].map((who) => card.approve(as(who))));
  await expect
    .poll(words)
    .toEqual([expect.stringMatching(/Approved by (grace, linus|linus, grace), 2 of 3\./)]);
  for (const blocks of shown()) expect(blocks).toContain('the approval of one person more');
  expect(updates()).toBe(3);
  const { events } = await workflow.fetchHistory();
  const [heard] = (events ?? []).filter((event) => event.workflowExecutionSignaledEventAttributes);
  const shownBy = (events ?? []).find(
    ({ activityTaskScheduledEventAttributes: is }) => is?.activityType?.name === 'followNotices',
  );
  expect(msOf(shownBy) - msOf(heard)).toBeGreaterThan(1_900);
  await card.approve(as('nell'));
  await turn.reply();
  expect(await workflow.result()).toEqual({ told: 3, updated: 3 });
  expect(words()).toEqual(['Approved by nell. refund']);
  expect(updates()).toBe(6);
});

test('after an edit every card shows the new arguments, and its buttons carry their digest', async () => {
  const { turn, card, workflow } = await ask({ approve: 2 });
  await card.approve(as('grace'));
  await card.edit({ orderId: 'A-2' }, as('linus'));
  const { argumentsDigest } = await card.read();
  await expect.poll(words).toEqual([expect.stringContaining('Approved by linus, 1 of 2.')]);
  for (const blocks of shown()) {
    expect(blocks).toContain('A-2');
    expect(blocks).not.toContain('A-1');
    expect(blocks).toContain(argumentsDigest);
  }
  const values = slack.messages.flatMap(({ blocks }) =>
    blocks.flatMap((block) => (block.type === 'actions' ? block.elements : [])),
  );
  expect(values.filter(({ action_id }) => action_id === ACTIONS.approve)).toHaveLength(3);
  const changed = await turn.asked();
  await changed.deny(as('grace'));
  await changed.deny(as('nell'));
  await workflow.result();
});

test('whose vote an edit has dropped is asked again, once and in the same thread, and nobody else is', async () => {
  const { turn, card, workflow } = await ask({ channels: ['mail'] });
  await card.approve(as('grace'));
  await card.edit({ orderId: 'A-2' }, as('linus'));
  const to = (who: string) => mailbox.to(`${who}@acme.example`);
  await expect.poll(() => to('grace').length).toBe(2);
  const [first, again] = to('grace');
  expect(again).toMatchObject({ inReplyTo: first?.messageId });
  expect(again?.text).toContain('earlier votes count no more');
  expect(again?.text).toContain('A-2');
  await (await turn.asked()).edit({ orderId: 'A-3' }, as('nell'));
  await expect.poll(() => to('linus').length).toBe(2);
  expect(['grace', 'nell'].map((who) => to(who).length)).toEqual([2, 1]);
  const changed = await turn.asked();
  await changed.deny(as('grace'));
  await changed.deny(as('linus'));
  await workflow.result();
});

test('a change that is under way when the end comes does not take its place', async () => {
  const { turn, card, workflow } = await ask({ approve: 2 });
  let goOn = (): void => undefined;
  slack.trouble.set('chat.update', { held: new Promise((resolve) => (goOn = resolve)) });
  await card.approve(as('grace'));
  await expect.poll(updates).toBe(1);
  await card.approve(as('linus'));
  await turn.reply();
  const told = async () =>
    (await workflow.fetchHistory()).events?.filter(
      ({ workflowExecutionSignaledEventAttributes: signal }) => signal,
    ).length;
  await expect.poll(told).toBeGreaterThan(2);
  slack.trouble.clear();
  // An end that does not wait has its time.
  await Promise.race([workflow.result(), sleep(500)]);
  goOn();
  expect(await workflow.result()).toEqual({ told: 3, updated: 3 });
  expect(words()).toEqual(['Approved by linus. refund']);
});

test('a change that a killed worker has begun, and that Slack makes late, does not stay', async () => {
  const { turn, card, workflow } = await ask({ approve: 2 });
  let goOn = (): void => undefined;
  slack.trouble.set('chat.update', { held: new Promise((resolve) => (goOn = resolve)) });
  await card.approve(as('grace'));
  await expect.poll(updates).toBe(1);
  await gate.kill('worker');
  slack.trouble.clear();
  await card.approve(as('linus'));
  await turn.reply();
  // The others are told the end, once the worker is known to be dead. Nobody knows yet what becomes of the first one.
  await expect.poll(() => slack.messages.filter(({ text }) => text.includes('linus')).length).toBe(2);
  goOn();
  await expect.poll(words).toContainEqual(expect.stringContaining('Approved by grace, 1 of 2.'));
  await gate.advance('30s');
  expect(await workflow.result()).toEqual({ told: 3, updated: 3 });
  expect(words()).toEqual(['Approved by linus. refund']);
  expect(slack.messages).toHaveLength(3);
});

test('a limit of Slack is waited for, and nothing is written twice', async () => {
  const { card, workflow } = await ask();
  slack.trouble.set('chat.update', { retryAfter: 2 });
  await card.approve(as('grace'));
  await expect.poll(updates).toBe(1);
  slack.trouble.clear();
  await expect.poll(words).toEqual([expect.stringContaining('Approved by grace, 1 of 3.')]);
  expect(updates()).toBe(4);
  await card.deny(as('linus'));
  await card.deny(as('nell'));
  await workflow.result();
});

test('a vote tells nobody by a channel that cannot change what it has sent, and costs the notice no work', async () => {
  const { card, workflow } = await ask({ channels: ['mail'] });
  const events = async () =>
    (await workflow.fetchHistory()).events?.flatMap(({ activityTaskScheduledEventAttributes: scheduled }) =>
      scheduled ? [scheduled.activityType?.name] : [],
    );
  const before = await events();
  await card.approve(as('grace'));
  const heard = async () =>
    JSON.stringify((await workflow.fetchHistory()).events).includes('"signalName":"news"');
  await expect.poll(heard).toBe(true);
  await gate.advance('1m');
  expect(await events()).toEqual(before);
  expect(mailbox.mails).toHaveLength(3);
  await card.deny(as('linus'));
  await card.deny(as('nell'));
  expect(await workflow.result()).toEqual({ told: 3, updated: 3 });
});
