import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { z } from 'zod';

import { noticeWorkflowId } from '../../src/contracts/ids.ts';
import { defineTool, requireApproval } from '../../src/index.ts';
import { createTeamsChannel } from '../../src/notices/teams/teams.ts';
import { startGate, type Gate } from '../../src/testing/gate.ts';
import { payBack } from '../support/pay-back.ts';
import { startTeams, textsOf } from '../support/teams.ts';

/** Channels of Teams are told by their webhooks. */

const refund = defineTool({
  ...{ name: 'refund', description: 'Pays money back.', parameters: z.strictObject({ orderId: z.string() }) },
  policy: requireApproval({
    ...{ approvers: ['finance'], within: '30d' },
    ladder: [
      { after: '30m', remind: true },
      { after: '2h', tell: ['managers'] },
    ],
  }),
  execute: ({ orderId }) => `Refunded ${orderId}.`,
});

let teams: Awaited<ReturnType<typeof startTeams>>;
let gate: Gate;
beforeAll(async () => {
  teams = await startTeams();
  const webhooks = ['finance', 'managers'].map((name) => ({ name, url: teams.url(name), groups: [name] }));
  webhooks.push({ name: 'elsewhere', url: teams.url('elsewhere'), groups: ['other'] });
  const channels = [createTeamsChannel({ webhooks, limitMs: 500 })];
  const publicUrl = 'https://countersign.example.com';
  gate = await startGate({
    ...payBack(refund),
    ...{ store: true, patience: '45s', worker: { notices: { channels, publicUrl } } },
  });
  await gate.store!.people.put(gate.tenant, [
    { id: 'grace', groups: ['finance'] },
    { id: 'linus', groups: ['finance'] },
  ]);
});
afterAll(async () => {
  await gate.close();
  await teams.close();
});
beforeEach(() => {
  teams.posted.length = 0;
  teams.answers.length = 0;
});

const places = () => teams.posted.map(({ path }) => path.split('/')[2]);
const told = async (approvalId: string) =>
  (await gate.store!.notices.ofApproval(gate.tenant, approvalId)).map(
    ({ personId, state, error }) => `${personId} ${state}${error === null ? '' : `: ${error}`}`,
  );
async function ask() {
  const turn = await gate.say('pay back', { user: 'ada' });
  return { turn, card: await turn.asked() };
}
const ended = (approvalId: string) =>
  gate.temporal.workflow.getHandle(noticeWorkflowId(gate.tenant, approvalId)).result() as Promise<unknown>;

test('the channel of a group gets one card for all its people, its reminder, and how it ended', async () => {
  const { card } = await ask();
  await expect.poll(places).toEqual(['finance']);
  expect(textsOf(teams.posted[0]!.message)).toContain('A decision is needed.');
  expect(JSON.stringify(teams.posted[0]!.message)).toContain(
    `"url":"https://countersign.example.com/inbox/approvals/${card.approvalId}"`,
  );
  await gate.advance('31m');
  await expect.poll(places).toEqual(['finance', 'finance']);
  expect(textsOf(teams.posted[1]!.message)).toContain('A decision is still needed.');
  await gate.advance('2h');
  await expect.poll(places).toEqual(['finance', 'finance', 'managers']);
  await expect
    .poll(() => told(card.approvalId))
    .toEqual(['teams:finance sent', 'teams:finance sent', 'teams:managers sent']);
  await card.approve({ as: 'grace', groups: ['finance'] });
  expect(await ended(card.approvalId)).toEqual({ told: 3, updated: 2 });
  expect(places().slice(3).toSorted()).toEqual(['finance', 'managers']);
  expect(textsOf(teams.posted.at(-1)!.message)).toContain('Approved by grace.');
  expect(teams.refused).toEqual([]);
});

test('a webhook that wants patience gets it, and one that is slow or lies delays no decision', async () => {
  teams.answers.push({ status: 429, headers: { 'retry-after': '1' } });
  const first = await ask();
  await expect
    .poll(() => told(first.card.approvalId))
    .toEqual(['teams:finance planned: The webhook "finance" answered 429.']);
  await gate.advance('2s');
  await expect.poll(() => told(first.card.approvalId)).toEqual(['teams:finance sent']);
  await first.card.approve({ as: 'grace', groups: ['finance'] });
  await first.turn.reply();
  await ended(first.card.approvalId);

  teams.answers.push({ status: 0 }, { status: 200, text: '<html>Sign in</html>' });
  const second = await ask();
  await expect
    .poll(() => told(second.card.approvalId))
    .toEqual([
      expect.stringMatching(
        /(planned|sending): The webhook "finance" (has not answered in time|answered 200 with)/,
      ),
    ]);
  await second.card.approve({ as: 'grace', groups: ['finance'] });
  await second.turn.reply();
  // What is still tried of it would take the answers of the next test.
  await ended(second.card.approvalId);
});

test('a card that Teams refuses for good is not sent again, and no message shows the secret of its URL', async () => {
  teams.answers.push({ status: 400, text: 'sig=s3cret' });
  const { turn, card } = await ask();
  await expect
    .poll(() => told(card.approvalId))
    .toEqual(['teams:finance failed: The webhook "finance" answered 400.']);
  expect(JSON.stringify(await gate.store!.notices.ofApproval(gate.tenant, card.approvalId))).not.toContain(
    's3cret',
  );
  await card.approve({ as: 'grace', groups: ['finance'] });
  await turn.reply();
});
