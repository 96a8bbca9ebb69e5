import { randomBytes } from 'node:crypto';

import { readKeys, readSigningKey } from '@countersign/receipts';
import { exportJWK, generateKeyPair } from 'jose';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { z } from 'zod';

import { noticeWorkflowId } from '../../src/contracts/ids.ts';
import { startGateway } from '../../src/gateway/app.ts';
import type { SlackOptions } from '../../src/gateway/slack/options.ts';
import { slackSignature } from '../../src/gateway/slack/signature.ts';
import { defineTool, requireApproval, type Verdict } from '../../src/index.ts';
import { ACTIONS } from '../../src/notices/slack/blocks.ts';
import { createSlackChannel } from '../../src/notices/slack/slack.ts';
import { startGate, type Gate } from '../../src/testing/gate.ts';
import { View } from '../support/slack/blocks.ts';
import { payBack } from '../support/pay-back.ts';
import {
  APP_TOKEN,
  clickOn,
  signedRequest,
  SIGNING_SECRET,
  startSlack,
  submitted,
  TOKEN,
  type SlackServer,
  type SlackMessage,
} from '../support/slack/server.ts';

/** People are told in Slack, and decide there. */

type Asking = NonNullable<Parameters<typeof requireApproval>[0]>;
const asking: Asking = { approvers: ['finance'], within: '30d', onRunDeadline: 'deny' };
const refund = defineTool({
  ...{
    name: 'refund',
    description: 'Pays <money> back.',
    parameters: z.strictObject({ orderId: z.string() }),
  },
  // Each turn brings its own: an effect is judged once more, when the next test may have begun.
  policy: (_args, { verdict }) => verdict as Verdict,
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
  const others = {
    ...{
      U0GUEST: { is_restricted: true },
      U0ULTRA: { is_ultra_restricted: true },
      U0ROBOT: { is_bot: true },
    },
    ...{ U0STRANGE: { is_stranger: true }, U0GONE: { deleted: true }, U0ELSE: { team_id: 'T0ELSE' } },
    U0ALIAS: { is_email_confirmed: true, profile: { email: 'grace@acme.example' } },
  };
  for (const [id, account] of Object.entries(others)) slack.users.set(id, { id, ...account });
  slack.users.set('U0NELL', {
    id: 'U0NELL',
    is_email_confirmed: true,
    profile: { email: 'nell@acme.example' },
  });
  const channels = [createSlackChannel({ token: TOKEN, apiUrl })];
  const { privateKey } = await generateKeyPair('EdDSA', { crv: 'Ed25519', extractable: true });
  const key = await readSigningKey(await exportJWK(privateKey));
  const trustedKeys = await readKeys({ keys: [key.publicJwk] });
  gate = await startGate({
    ...payBack(refund),
    ...{
      store: true,
      patience: '45s',
      signingKey: key,
      worker: { notices: { channels, publicUrl }, trustedKeys },
    },
  });
  await gate.store!.people.put(gate.tenant, [
    { id: 'grace', slackId: 'U0GRACE', mail: 'grace@acme.example', groups: ['finance'] },
    { id: 'guest', slackId: 'U0GUEST', groups: ['support'] },
    { id: 'nell', mail: 'nell@acme.example', groups: ['finance'] },
    { id: 'linus', slackId: 'U0LINUS', groups: ['finance'] },
    { id: 'mia', slackId: 'U0MIA', groups: ['managers'] },
    { id: 'ada', slackId: 'U0ADA', groups: ['finance'] },
  ]);
  gateway = await serve({ token: TOKEN, signingSecret: SIGNING_SECRET });
});
const logged: { event: string; fields: Record<string, unknown> }[] = [];
const serve = (options: SlackOptions) =>
  startGateway({
    deps: {
      ...{ client: gate.client, clock: gate.now, apiKeys: [], store: gate.store!, publicUrl },
      sessionSecret: randomBytes(32).toString('hex'),
      slack: { apiUrl: slack.apiUrl, ...options },
      log: (event, fields) => void logged.push({ event, fields }),
    },
    ...{ host: '127.0.0.1', port: 0, drainLimitMs: 500 },
  });
afterAll(async () => {
  await gateway.close();
  await gate.close();
  await slack.close();
});
beforeEach(() => {
  slack.trouble.clear();
});

const send = (request: { headers: Record<string, string>; body: string }) =>
  fetch(`${gateway.url}/slack/interactions`, { method: 'POST', ...request });
const post = (payload: unknown) => send(signedRequest(payload, { nowMs: gate.now() }));
const say = async (rule: Partial<Asking> = {}) => {
  slack.messages.length = 0;
  const verdict = requireApproval({ ...asking, ...rule });
  const turn = await gate.say('pay back', { user: 'ada', context: { verdict } });
  return { turn, card: await turn.asked() };
};
const ask = async (rule?: Partial<Asking>) => {
  const { turn, card } = await say(rule);
  await expect.poll(() => slack.messages.length, { timeout: 10_000 }).toBe(3);
  // The place of a message is known a moment after it stands there.
  await expect.poll(() => told(card.approvalId)).toBe(3);
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
/** How many messages stand in Slack, and are known to. */
async function told(approvalId: string): Promise<number> {
  const notices = await gate.store!.notices.ofApproval(gate.tenant, approvalId);
  return notices.filter(({ state }) => state === 'sent').length;
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
    attestation: expect.any(String) as string,
  });
  expect(gate.effects('refund').at(-1)).toMatchObject({ args: { orderId: 'A-1' } });
});

test('a gateway that Slack cannot reach takes clicks by Socket Mode, also after Slack has ended the connection', async () => {
  const socket = await serve({ token: TOKEN, appToken: APP_TOKEN });
  try {
    const { card, message } = await ask();
    await expect.poll(() => slack.sockets.size).toBe(1);
    slack.refreshSockets();
    await expect.poll(() => slack.sockets.size, { timeout: 5_000 }).toBe(1);
    expect(await slack.interact(clickOn(message, ACTIONS.deny, { user: 'U0GRACE' }))).toEqual({});
    const answer = await slack.interact(
      submitted(slack.views.at(-1)!.view, { user: 'U0GRACE', text: 'No.' }),
    );
    expect(answer.response_action).toBe('update');
    expect(JSON.stringify(View.parse(answer.view))).toContain('Your decision counts.');
    const approval = await gate.client.getApproval(gate.tenant, card.approvalId);
    expect(approval).toMatchObject({
      status: 'denied',
      decision: { note: 'No.', approver: { id: 'grace' } },
    });
  } finally {
    await socket.close();
  }
  await expect.poll(() => slack.sockets.size).toBe(0);
});

test('a card whose answer was lost is found again among many others, is there once, and says how it ended', async () => {
  slack.trouble.set('chat.postMessage', { loses: 'the answer' });
  const { turn, card } = await say();
  await expect.poll(() => slack.messages.length, { timeout: 10_000 }).toBe(3);
  const others: SlackMessage[] = slack.messages.flatMap(({ metadata: _, ...message }) =>
    Array.from({ length: 450 }, (_one, index) => ({
      ...message,
      metadata: undefined,
      ts: `1.${index}`,
      text: 'Something else.',
    })),
  );
  slack.messages.push(...others);
  const cards = () => slack.messages.filter((message) => !others.includes(message));
  slack.trouble.clear();
  await gate.advance('10s');
  await expect.poll(() => told(card.approvalId)).toBe(3);
  expect(cards()).toHaveLength(3);
  await decide('U0GRACE', 'approve');
  await turn.reply();
  expect(await ended(card.approvalId)).toEqual({ told: 3, updated: 3 });
  expect(cards().map(({ text }) => text)).toEqual(Array(3).fill('Approved by grace. refund'));
});

/** A card, and the form of whoever clicks it. */
async function show(rule?: Partial<Asking>) {
  const asked = await ask(rule);
  await post(clickOn(asked.message, ACTIONS.approve, { user: 'U0GRACE' }));
  return { asked, view: slack.views.at(-1)!.view };
}

/** Clicks on the card of Grace, who may decide. */
const STRANGERS: { name: string; user?: string; team?: string; channel?: string; told: string }[] = [
  { name: 'a card in another conversation', channel: 'C0OTHER', told: 'not a card that was sent to you' },
  { name: 'somebody whom the directory does not know', user: 'U0NOBODY', told: 'directory does not know' },
  {
    name: 'somebody with a mail of the directory that is not confirmed',
    user: 'U0EVE',
    told: 'directory does not know',
  },
  {
    name: 'somebody with the mail of a person who has another account',
    user: 'U0ALIAS',
    told: 'directory does not know',
  },
  { name: 'somebody whom Slack does not know', user: 'U0GHOST', told: 'could not be asked' },
  { name: 'a guest', user: 'U0GUEST', told: 'guests, bots' },
  { name: 'a guest of one channel', user: 'U0ULTRA', told: 'guests, bots' },
  { name: 'a bot', user: 'U0ROBOT', told: 'guests, bots' },
  { name: 'a stranger of a shared channel', user: 'U0STRANGE', told: 'guests, bots' },
  { name: 'a deactivated account', user: 'U0GONE', told: 'guests, bots' },
  { name: 'an account whose workspace is another', user: 'U0ELSE', told: 'another Slack workspace' },
  { name: 'a click from another workspace', team: 'T0EVIL', told: 'another Slack workspace' },
  {
    name: 'a person with the card of somebody else',
    user: 'U0LINUS',
    told: 'not a card that was sent to you',
  },
  {
    name: 'a manager with the card of somebody else',
    user: 'U0MIA',
    told: 'not a card that was sent to you',
  },
];

type Asked = Awaited<ReturnType<typeof ask>>;

describe('whoever may not decide is told so, and decides nothing', () => {
  let shown: { asked: Asked; view: View } | undefined;

  test.for(STRANGERS)('$name', async ({ user = 'U0GRACE', team, channel, told }) => {
    const by = { user, ...(team && { team }), ...(channel && { channel }) };
    shown ??= await show();
    const { asked, view } = shown;
    slack.views.length = 0;
    await post(clickOn(asked.message, ACTIONS.approve, by));
    expect(JSON.stringify(slack.views)).toContain(told);
    // A form that was shown to her is sent by another, or was made up.
    const metadata = JSON.parse(view.private_metadata ?? '') as object;
    const form = { ...view, private_metadata: JSON.stringify({ ...metadata, ...(channel && { channel }) }) };
    const answer = await post(submitted(form, by));
    expect(JSON.stringify(await answer.json())).toContain(told);
    const approval = await gate.client.getApproval(gate.tenant, asked.card.approvalId);
    expect(approval).toMatchObject({ status: 'pending' });
  });
});

test('a request that is not signed by Slack, is old, or comes again, is refused', async () => {
  const { asked, view } = await show();
  const payload = submitted(view, { user: 'U0GRACE' });
  const nowMs = gate.now();
  const good = signedRequest(payload, { nowMs });
  const { 'x-slack-signature': signature = '', 'x-slack-request-timestamp': timestamp = '' } = good.headers;
  const head = (headers: Record<string, string>) => ({
    body: good.body,
    headers: { ...good.headers, ...headers },
  });
  const without = (name: string) => ({
    body: good.body,
    headers: Object.fromEntries(Object.entries(good.headers).filter(([one]) => one !== name)),
  });
  const other = signedRequest(submitted(view, { user: 'U0LINUS' }), { nowMs });
  const forgeries: [string, { headers: Record<string, string>; body: string }, string][] = [
    ['another secret', signedRequest(payload, { nowMs, secret: 'x'.repeat(32) }), 'signature_mismatch'],
    ['another body', { headers: good.headers, body: other.body }, 'signature_mismatch'],
    ['a body with something at its end', { ...good, body: `${good.body}&x=1` }, 'signature_mismatch'],
    [
      'another time',
      head({ 'x-slack-request-timestamp': String(Number(timestamp) - 1) }),
      'signature_mismatch',
    ],
    [
      'a time that is no number',
      head({ 'x-slack-request-timestamp': `${timestamp}.0` }),
      'timestamp_malformed',
    ],
    ['an old time', signedRequest(payload, { nowMs: nowMs - 301_000 }), 'timestamp_too_old'],
    ['a time to come', signedRequest(payload, { nowMs: nowMs + 400_000 }), 'timestamp_too_new'],
    ['no signature', without('x-slack-signature'), 'signature_missing'],
    ['no time', without('x-slack-request-timestamp'), 'timestamp_missing'],
    [
      'a signature of another version',
      head({ 'x-slack-signature': signature.replace('v0', 'v1') }),
      'signature_malformed',
    ],
    ['half a signature', head({ 'x-slack-signature': signature.slice(0, 40) }), 'signature_malformed'],
  ];
  for (const [name, request, reason] of forgeries) {
    const answer = await send(request);
    expect([name, answer.status, await answer.json()]).toMatchObject([name, 401, { reason }]);
  }
  expect(await asked.card.read()).toMatchObject({ status: 'pending' });
  expect((await send(good)).status).toBe(200);
  expect(await (await send(good)).json()).toMatchObject({ reason: 'replayed' });
  // The same form, signed at another time.
  const again = await send(signedRequest(payload, { nowMs: nowMs - 5_000 }));
  expect(JSON.stringify(await again.json())).toContain('settled meanwhile');
  expect(await asked.card.read()).toMatchObject({
    status: 'approved',
    decision: { approver: { id: 'grace' } },
  });
});

/** Forms and cards that were right when they were shown. */
const STALE: {
  name: string;
  rule?: Partial<Asking>;
  before: (asked: Asked) => unknown;
  told: string;
  left: object;
}[] = [
  {
    name: 'a card that was settled by somebody else',
    before: ({ card }) => card.deny({ as: 'linus', groups: ['finance'] }),
    ...{ told: 'settled meanwhile', left: { status: 'denied', decision: { approver: { id: 'linus' } } } },
  },
  {
    name: 'a card whose arguments somebody has changed',
    rule: { quorum: { approve: 2, deny: 1 } },
    before: ({ card }) => card.edit({ orderId: 'A-2' }, { as: 'linus', groups: ['finance'] }),
    ...{ told: 'arguments have changed', left: { status: 'pending', arguments: { orderId: 'A-2' } } },
  },
  {
    name: 'a person whose right was taken away meanwhile',
    before: () => gate.store!.revocations.revoke(gate.tenant, 'grace', { by: 'root' }),
    ...{ told: 'right to decide has been taken away', left: { status: 'pending' } },
  },
];

test.for(STALE)('decides nothing: $name', async ({ rule, before, told, left }) => {
  const { asked, view } = await show(rule);
  await before(asked);
  slack.views.length = 0;
  expect(JSON.stringify(await (await post(submitted(view, { user: 'U0GRACE' }))).json())).toContain(told);
  expect(await asked.card.read()).toMatchObject(left);
  await gate.store!.revocations.restore(gate.tenant, 'grace');
});

test('a click on a card whose arguments were changed shows them, and the card is brought up to date', async () => {
  const { card, message } = await ask({ quorum: { approve: 2, deny: 1 } });
  await card.edit({ orderId: 'A-2' }, { as: 'linus', groups: ['finance'] });
  const click = clickOn(message, ACTIONS.approve, { user: 'U0GRACE' });
  await post(click);
  expect(JSON.stringify(slack.views.at(-1))).toContain('arguments have changed');
  await expect.poll(() => JSON.stringify(message.blocks)).toContain('A-2');
  await post(clickOn(message, ACTIONS.approve, { user: 'U0GRACE' }));
  const answer = await post(submitted(slack.views.at(-1)!.view, { user: 'U0GRACE' }));
  expect(JSON.stringify(await answer.json())).toContain('Your decision counts.');
  expect(await card.read()).toMatchObject({ status: 'approved', arguments: { orderId: 'A-2' } });
});

test('a vote of several that are needed settles nothing, and the card shows it', async () => {
  const { turn, card, message } = await ask({ quorum: { approve: 2, deny: 2 } });
  const answer = await decide('U0GRACE', 'approve');
  expect(JSON.stringify(answer)).toContain('Others must agree');
  expect(await card.read()).toMatchObject({ status: 'pending', votes: [{ approver: { id: 'grace' } }] });
  await expect.poll(() => JSON.stringify(message.blocks)).toContain('grace: approve');
  expect(JSON.stringify(await decide('U0GRACE', 'approve'))).toContain('voted before');
  expect(await card.read()).toMatchObject({ status: 'pending' });
  expect(JSON.stringify(await decide('U0LINUS', 'approve'))).toContain('Your decision counts.');
  // Both signed votes are looked at once more, right before the effect.
  expect(await turn.reply()).toContain('Refunded A-1.');
  expect(await card.read()).toMatchObject({ status: 'approved', outcome: 'executed' });
});

test('a card in a channel is decided by whoever of it may, also by a confirmed mail address, and by nobody else', async () => {
  slack.channels.add('C0FINANCE');
  await gate.store!.people.put(gate.tenant, [
    { id: 'finance-channel', slackId: 'C0FINANCE', groups: ['treasury'] },
    { id: 'linus', slackId: 'U0LINUS', groups: ['finance', 'treasury'] },
    { id: 'nell', mail: 'nell@acme.example', groups: ['finance', 'treasury'] },
  ]);
  const { turn, card } = await say({ approvers: ['treasury'] });
  await expect.poll(() => slack.of('C0FINANCE').length, { timeout: 10_000 }).toBe(1);
  await expect.poll(async () => told(card.approvalId)).toBe(2);
  const click = async (user: string) => {
    await post(clickOn(slack.of('C0FINANCE')[0]!, ACTIONS.approve, { user }));
    const { view } = slack.views.at(-1)!;
    // Whoever may not is shown no form.
    if (view.submit === undefined) return JSON.stringify(view);
    return JSON.stringify(await (await post(submitted(view, { user }))).json());
  };
  expect(await click('U0MIA')).toContain('not among those who may decide');
  expect(await card.read()).toMatchObject({ status: 'pending' });
  expect(await click('U0EVE')).toContain('directory does not know');
  expect(await click('U0NELL')).toContain('Your decision counts.');
  expect(await card.read()).toMatchObject({ status: 'approved', decision: { approver: { id: 'nell' } } });
  expect(await turn.reply()).toContain('Refunded A-1.');
  expect(await ended(card.approvalId)).toEqual({ told: 2, updated: 2 });
  expect(slack.messages.map(({ text }) => text)).toEqual(Array(2).fill('Approved by nell. refund'));
});
