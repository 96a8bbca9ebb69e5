import { expect, test } from 'vitest';

import { noticeWorkflowId } from '../../src/contracts/ids.ts';
import { startGate } from '../../src/testing/gate.ts';
import { openMailbox } from '../support/mailbox.ts';
import { scenario } from './climbs.ts';

test('under a worker that is killed while it sends, each step is told, a reminder once, and the end at last', async () => {
  const mailbox = await openMailbox();
  await using gate = await startGate({
    ...{ app: new URL('./climbs.ts', import.meta.url), scenario, patience: '45s' },
    ...{ store: true, mail: { url: mailbox.url } },
  });
  await gate.store!.people.put(gate.tenant, [
    { id: 'grace', mail: 'grace@acme.example', groups: ['finance'] },
    { id: 'mia', mail: 'mia@acme.example', groups: ['managers'] },
  ]);
  mailbox.behaviour = { is: 'hangs' };
  const turn = await gate.say('pay back');
  const card = await turn.asked();
  const rungs = async () => {
    const told = await gate.store!.notices.ofApproval(gate.tenant, card.approvalId);
    return Object.fromEntries(told.map(({ rung, state }) => [rung, state]));
  };
  /** The server has the whole mail, and the worker dies before it hears so. */
  const killWhileSending = async (): Promise<void> => {
    const { begun } = mailbox;
    mailbox.behaviour = { is: 'hangs' };
    if (begun === 0) await expect.poll(() => mailbox.begun).toBe(1);
    else await Promise.all([gate.advance('1h'), expect.poll(() => mailbox.begun).toBe(begun + 1)]);
    await gate.kill('worker');
    mailbox.behaviour = { is: 'takes' };
  };
  const idsTo = (name: string) => mailbox.to(`${name}@acme.example`).map(({ messageId }) => messageId);

  await killWhileSending();
  await expect.poll(rungs).toEqual({ 0: 'sent' });
  expect(new Set(idsTo('grace')).size).toBe(1);
  const asks = idsTo('grace').length;
  await killWhileSending();
  // Nobody knows whether it was sent, so it is not sent again; it was.
  await expect.poll(rungs).toEqual({ 0: 'sent', 1: 'unknown' });
  expect(idsTo('grace')).toHaveLength(asks + 1);
  await killWhileSending();
  await expect.poll(rungs).toEqual({ 0: 'sent', 1: 'unknown', 2: 'sent' });
  expect(new Set(idsTo('mia')).size).toBe(1);

  await card.approve({ as: 'ada', groups: ['finance'] });
  await gate.temporal.workflow.getHandle(noticeWorkflowId(gate.tenant, card.approvalId)).result();
  for (const name of ['grace', 'mia'])
    expect(mailbox.to(`${name}@acme.example`).at(-1)?.text).toContain('approved by ada.');
  await mailbox.close();
}, 120_000);
