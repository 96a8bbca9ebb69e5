import { randomBytes } from 'node:crypto';

import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { z } from 'zod';

import { noticeWorkflowId } from '../../src/contracts/ids.ts';
import { startGateway } from '../../src/gateway/app.ts';
import { slackSignature } from '../../src/gateway/slack/signature.ts';
import { defineTool, requireApproval, type Verdict } from '../../src/index.ts';
import { ACTIONS } from '../../src/notices/slack/blocks.ts';
import { createSlackChannel } from '../../src/notices/slack/slack.ts';
import { startGate, type Gate } from '../../src/testing/gate.ts';
import { payBack } from '../support/pay-back.ts';
import {
  clickOn,
  signedRequest,
  SIGNING_SECRET,
  startSlack,
  submitted,
  TOKEN,
  type SlackServer,
} from '../support/slack/server.ts';

/** People are told in Slack, and decide there. */

let policy: Verdict;
const refund = defineTool({
  ...{
    name: 'refund',
    description: 'Pays <money> back.',
    parameters: z.strictObject({ orderId: z.string() }),
  },
  policy: () => policy,
  execute: ({ orderId }) => `Refunded ${orderId}.`,
});

let slack: SlackServer;
let gate: Gate;
let gateway: Awaited<ReturnType<typeof startGateway>>;
const publicUrl = 'https://countersign.example.com';
beforeAll(async () => {
  slack = await startSlack();
  const { apiUrl } = slack;
  for (const id of ['U0GRACE', 'U0LINUS', 'U0MIA', 'U0ADA', 'U0NOBODY']) slack.users.set(id, { id });
  slack.users.set('U0EVE', {
    id: 'U0EVE',
    is_email_confirmed: false,
    profile: { email: 'nell@acme.example' },
  });
  slack.users.set('U0NELL', {
    id: 'U0NELL',
    is_email_confirmed: true,
    profile: { email: 'nell@acme.example' },
  });
  const channels = [createSlackChannel({ token: TOKEN, apiUrl })];
  gate = await startGate({
    ...payBack(refund),
    ...{ store: true, patience: '45s', worker: { notices: { channels, publicUrl } } },
  });
  await gate.store!.people.put(gate.tenant, [
    { id: 'grace', slackId: 'U0GRACE', groups: ['finance'] },
    { id: 'linus', slackId: 'U0LINUS', groups: ['finance'] },
    { id: 'mia', slackId: 'U0MIA', groups: ['managers'] },
    { id: 'ada', slackId: 'U0ADA', groups: ['finance'] },
  ]);
  gateway = await startGateway({
    deps: {
      ...{ client: gate.client, clock: gate.now, apiKeys: [], store: gate.store!, publicUrl },
      sessionSecret: randomBytes(32).toString('hex'),
      slack: { token: TOKEN, apiUrl, signingSecret: SIGNING_SECRET },
    },
    ...{ host: '127.0.0.1', port: 0, drainLimitMs: 500 },
  });
});
afterAll(async () => {
  await gateway?.close();
  await gate?.close();
  await slack?.close();
});
beforeEach(() => {
  policy = requireApproval({ approvers: ['finance'], within: '30d', onRunDeadline: 'deny' });
  slack.messages.length = 0;
  slack.trouble.clear();
});

const send = (request: { headers: Record<string, string>; body: string }) =>
  fetch(`${gateway.url}/slack/interactions`, { method: 'POST', ...request });
const post = (payload: unknown) => send(signedRequest(payload, { nowMs: gate.now() }));
const ask = async () => {
  const turn = await gate.say('pay back', { user: 'ada' });
  const card = await turn.asked();
  await expect.poll(() => slack.messages.length, { timeout: 10_000 }).toBe(3);
  // The place of a message is known a moment after it stands there.
  await expect
    .poll(async () =>
      (await gate.store!.notices.ofApproval(gate.tenant, card.approvalId)).every(
        ({ state }) => state === 'sent',
      ),
    )
    .toBe(true);
  return { turn, card, message: slack.of('U0GRACE')[0]! };
};
/** Clicks, and sends the form that appears. */
async function decide(user: string, action: keyof typeof ACTIONS, text?: string) {
  expect((await post(clickOn(slack.of(user)[0]!, ACTIONS[action], { user }))).status).toBe(200);
  const { view } = slack.views.at(-1)!;
  const answer = await post(submitted(view, { user, ...(text !== undefined && { text }) }));
  expect(answer.status).toBe(200);
  return (await answer.json()) as { response_action: string; view?: unknown };
}
const ended = (approvalId: string) =>
  gate.temporal.workflow.getHandle(noticeWorkflowId(gate.tenant, approvalId)).result() as Promise<unknown>;

test('the signature is that of Slack’s own example', () => {
  const body =
    'token=xyzz0WbapA4vBCDEFasx0q6G&team_id=T1DC2JH3J&team_domain=testteamnow&channel_id=G8PSS9T3V&channel_name=foobar&user_id=U2CERLKJA&user_name=roadrunner&command=%2Fwebhook-collect&text=&response_url=https%3A%2F%2Fhooks.slack.com%2Fcommands%2FT1DC2JH3J%2F397700885554%2F96rGlfmibIGlgcZRskXaIFfN&trigger_id=398738663015.47445629121.803a0bc887a14d10d2c447fce8b6703c';
  expect(slackSignature(SIGNING_SECRET, '1531420618', body)).toBe(
    'v0=a2114d57b48eac39b9ad189dd8316235a7b4a8d21a10bd27519666489c69b503',
  );
});

test('a person is told in Slack, approves with a note, and every copy of the card says so', async () => {
  const { turn, card } = await ask();
  const answer = await decide('U0GRACE', 'approve', 'Fine by me.');
  expect(JSON.stringify(answer)).toContain('Your decision counts.');
  await turn.reply();
  expect(await ended(card.approvalId)).toEqual({ told: 3, updated: 3 });
  for (const { text, blocks } of slack.messages) {
    expect(text).toBe('Approved by grace. refund');
    expect(JSON.stringify(blocks)).toContain('Fine by me.');
    expect(JSON.stringify(blocks)).not.toContain(ACTIONS.approve);
  }
  const approval = await gate.client.getApproval(gate.tenant, card.approvalId);
  expect(approval?.decision).toMatchObject({
    ...{ decision: 'approve', note: 'Fine by me.', source: 'slack' },
    ...{ approver: { id: 'grace', groups: ['finance'] }, authenticated: { by: 'slack' } },
  });
  expect(gate.effects('refund').at(-1)).toMatchObject({ args: { orderId: 'A-1' } });
});
