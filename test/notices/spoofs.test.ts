import { createHash, createHmac, randomBytes, randomUUID } from 'node:crypto';

import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { z } from 'zod';

import { createInboxLink, startGateway } from '../../src/gateway/app.ts';
import { slackSignature } from '../../src/gateway/slack/signature.ts';
import { defineTool, requireApproval } from '../../src/index.ts';
import { ACTIONS } from '../../src/notices/slack/blocks.ts';
import { createSlackChannel } from '../../src/notices/slack/slack.ts';
import { startGate, type Gate } from '../../src/testing/gate.ts';
import { createBrowser, formFields, type Browser, type TestGateway } from '../gateway/support.ts';
import { launchChromium } from '../support/chromium.ts';
import { payBack } from '../support/pay-back.ts';
import {
  APP_TOKEN,
  clickOn,
  signedRequest,
  SIGNING_SECRET,
  startSlack,
  submitted,
  TOKEN,
  type SlackAccount,
  type SlackMessage,
  type SlackServer,
} from '../support/slack/server.ts';
import type { View } from '../support/slack/blocks.ts';

/**
 * Ways to decide through a channel without the right to, by every door: Slack's requests, Slack's connection, the link of a mail. Not
 * one settles anything; where a person reads the answer it says why. Forgeries of Slack's signature and strangers who click are in
 * slack.test.ts, too. The last test decides by the same forms, so that none of this was refused for another reason.
 */

const refund = defineTool({
  ...{ name: 'refund', description: 'Pays back.', parameters: z.strictObject({ orderId: z.string() }) },
  policy: requireApproval({ approvers: ['finance'], within: '30d', onRunDeadline: 'deny' }),
  execute: ({ orderId }) => `Refunded ${orderId}.`,
});

const publicUrl = 'https://countersign.example.com';
const sessionSecret = randomBytes(32).toString('hex');
let slack: SlackServer;
let gate: Gate;
let gateway: Awaited<ReturnType<typeof startGateway>>;
let asked: Asked;
let other: Asked;
let view: View;

interface Asked {
  approvalId: string;
  message: SlackMessage;
}

beforeAll(async () => {
  slack = await startSlack();
  for (const id of ['U0GRACE', 'U0LINUS', 'U0NOBODY']) slack.users.set(id, { id });
  const { apiUrl } = slack;
  const channels = [createSlackChannel({ token: TOKEN, apiUrl })];
  gate = await startGate({
    ...payBack(refund),
    ...{ store: true, patience: '45s', worker: { notices: { channels, publicUrl } } },
  });
  await gate.store!.people.put(gate.tenant, [
    GRACE,
    { id: 'linus', slackId: 'U0LINUS', groups: ['support'] },
  ]);
  gateway = await startGateway({
    deps: {
      ...{ client: gate.client, clock: gate.now, apiKeys: [], store: gate.store!, publicUrl, sessionSecret },
      slack: { apiUrl, token: TOKEN, signingSecret: SIGNING_SECRET, appToken: APP_TOKEN },
      log: () => undefined,
    },
    ...{ host: '127.0.0.1', port: 0, drainLimitMs: 500 },
  });
  [asked, other] = [await ask(), await ask()];
  view = await formFor(asked);
});
afterAll(async () => {
  await gateway.close();
  await gate.close();
  await slack.close();
});
beforeEach(() => {
  slack.views.length = 0;
});

const GRACE = { id: 'grace', slackId: 'U0GRACE', groups: ['finance'] };
async function ask(): Promise<Asked> {
  const known = slack.messages.length;
  const { approvalId } = await (await gate.say('pay back', { user: 'ada' })).asked();
  const sent = async () =>
    (await gate.store!.notices.ofApproval(gate.tenant, approvalId)).map((one) => one.state);
  await vi.waitFor(async () => expect(await sent()).toEqual(['sent']), { timeout: 10_000 });
  return { approvalId, message: slack.messages[known]! };
}
async function formFor({ message }: Asked): Promise<View> {
  await post(clickOn(message, ACTIONS.approve, { user: 'U0GRACE' }));
  return slack.views.pop()!.view;
}
const route = (path = '/slack/interactions') => `${gateway.url}${path}`;
const send = (request: { headers: Record<string, string>; body: string }, path?: string) =>
  fetch(route(path), { method: 'POST', ...request });
const sign = (payload: unknown) => signedRequest(payload, { nowMs: gate.now() });
const post = (payload: unknown) => send(sign(payload));
const statusOf = async ({ approvalId }: Asked) =>
  (await gate.client.getApproval(gate.tenant, approvalId))?.status;
const nothingIsDecided = async () =>
  expect([await statusOf(asked), await statusOf(other)]).toEqual(['pending', 'pending']);

type Request = ReturnType<typeof signedRequest>;
type Alter = (good: Request, nowMs: number) => Promise<Response>;
const seconds = (nowMs: number) => String(Math.floor(nowMs / 1_000));
const hmac = (key: string, text: string, by = 'sha256') => createHmac(by, key).update(text).digest('hex');
/** Of the same body, with this signature. */
const signature =
  (make: (good: Request, nowMs: number) => string): Alter =>
  (good, nowMs) =>
    send({ ...good, headers: { ...good.headers, 'x-slack-signature': make(good, nowMs) } });
/** Signed for the time that it names. */
const at =
  (make: (nowMs: number) => string): Alter =>
  ({ headers, body }, nowMs) => {
    const timestamp = make(nowMs);
    const signed = slackSignature(SIGNING_SECRET, timestamp, body);
    return send({
      body,
      headers: { ...headers, 'x-slack-request-timestamp': timestamp, 'x-slack-signature': signed },
    });
  };
/** Signed, and of another form. */
const body =
  (make: (payload: string) => string, type = 'application/x-www-form-urlencoded'): Alter =>
  (good, nowMs) => {
    const text = make(new URLSearchParams(good.body).get('payload') ?? '');
    const timestamp = seconds(nowMs);
    return send({
      body: text,
      headers: {
        'content-type': type,
        'x-slack-request-timestamp': timestamp,
        'x-slack-signature': slackSignature(SIGNING_SECRET, timestamp, text),
      },
    });
  };
const unsigned = { 'content-type': 'application/x-www-form-urlencoded' };
const by =
  (method: string): Alter =>
  ({ headers, body: text }) =>
    fetch(route(), { method, headers, ...(method !== 'GET' && { body: text }) });

const REQUESTS: [string, Alter, number][] = [
  ['a signature in capitals', signature(({ headers }) => headers['x-slack-signature']!.toUpperCase()), 401],
  [
    'a wrong signature and a right one',
    signature((good) => `v0=${'0'.repeat(64)}, ${good.headers['x-slack-signature']!}`),
    401,
  ],
  [
    'a right signature and a wrong one',
    signature((good) => `${good.headers['x-slack-signature']!}, v0=${'0'.repeat(64)}`),
    401,
  ],
  ['a signature of nothing but its version', signature(() => 'v0='), 401],
  ['an empty signature', signature(() => ''), 401],
  ['a signature without its version', signature((good) => good.headers['x-slack-signature']!.slice(3)), 401],
  [
    'a signature with something at its end',
    signature((good) => `${good.headers['x-slack-signature']!}00`),
    401,
  ],
  [
    'a signature in base64',
    signature(
      (good, now) =>
        `v0=${createHmac('sha256', SIGNING_SECRET)
          .update(`v0:${seconds(now)}:${good.body}`)
          .digest('base64')}`,
    ),
    401,
  ],
  [
    'a signature by SHA-1',
    signature((good, now) => `v0=${hmac(SIGNING_SECRET, `v0:${seconds(now)}:${good.body}`, 'sha1')}`),
    401,
  ],
  [
    'a digest that no secret made',
    signature(
      (good, now) =>
        `v0=${createHash('sha256')
          .update(`v0:${seconds(now)}:${good.body}`)
          .digest('hex')}`,
    ),
    401,
  ],
  [
    'a signature of the body without its time',
    signature((good) => `v0=${hmac(SIGNING_SECRET, `v0::${good.body}`)}`),
    401,
  ],
  [
    'a signature of the time without the body',
    signature((_, now) => `v0=${hmac(SIGNING_SECRET, `v0:${seconds(now)}:`)}`),
    401,
  ],
  [
    'a signature of the decoded payload',
    signature(
      (good, now) => `v0=${hmac(SIGNING_SECRET, `v0:${seconds(now)}:${decodeURIComponent(good.body)}`)}`,
    ),
    401,
  ],
  [
    'a signature by an empty secret',
    signature((good, now) => slackSignature('', seconds(now), good.body)),
    401,
  ],
  [
    'a signature by the token of the bot',
    signature((good, now) => slackSignature(TOKEN, seconds(now), good.body)),
    401,
  ],
  [
    'the token that Slack once sent in the body',
    ({ body: text }) => send({ headers: unsigned, body: `${text}&token=${SIGNING_SECRET}` }),
    401,
  ],
  [
    'a signature in the address',
    ({ headers, body: text }) =>
      send(
        { headers: unsigned, body: text },
        `/slack/interactions?${new URLSearchParams(headers).toString()}`,
      ),
    401,
  ],
  [
    'the key of an API in place of a signature',
    ({ body: text }) =>
      send({ headers: { ...unsigned, authorization: `Bearer ${gate.gateway.apiKey}` }, body: text }),
    401,
  ],
  ['a time in milliseconds', at(String), 401],
  ['a time with a sign', at((now) => `+${seconds(now)}`), 401],
  ['a time before 1970', at((now) => `-${seconds(now)}`), 401],
  ['a time with a zero before it', at((now) => `0${seconds(now)}`), 401],
  ['a time in hexadecimal', at((now) => `0x${Math.floor(now / 1_000).toString(16)}`), 401],
  ['a time with an exponent', at((now) => `${seconds(now)}e0`), 401],
  ['two times', at((now) => `${seconds(now)}, ${seconds(now)}`), 401],
  ['a time of five minutes and a second ago', at((now) => seconds(now - 302_000)), 401],
  ['a signed body as JSON', body((payload) => payload, 'application/json'), 400],
  [
    'a signed body in parts',
    body(
      (payload) => `--x\r\ncontent-disposition: form-data; name="payload"\r\n\r\n${payload}\r\n--x--`,
      'multipart/form-data; boundary=x',
    ),
    400,
  ],
  ['a signed body that is empty', body(() => ''), 400],
  ['a signed payload that is no JSON', body(() => 'payload=%7Bapprove'), 400],
  [
    'a signed payload under another name',
    body((payload) => new URLSearchParams({ Payload: payload }).toString()),
    400,
  ],
  [
    'a signed body that is larger than any',
    body((payload) => new URLSearchParams({ payload, more: 'x'.repeat(1_100_000) }).toString()),
    413,
  ],
  ['a GET', by('GET'), 405],
  ['a PUT', by('PUT'), 405],
  [
    'a GET that says it is a POST',
    ({ headers }) => fetch(route(), { headers: { ...headers, 'x-http-method-override': 'POST' } }),
    405,
  ],
  ['another address', (good) => send(good, '/v1/slack/interactions'), 404],
];

test.for(REQUESTS)('decides nothing by Slack’s route: %s', async ([, alter, status]) => {
  const nowMs = gate.now();
  const good = signedRequest(submitted(view, { user: 'U0GRACE' }), { nowMs });
  expect((await alter(good, nowMs)).status).toBe(status);
  await nothingIsDecided();
});

type Form = ReturnType<typeof submitted>;
/** What travels through the form, altered. */
const card = (alter: (metadata: Record<string, unknown>) => unknown) => (form: Form) => ({
  ...form,
  view: {
    ...form.view,
    private_metadata: JSON.stringify(
      alter(JSON.parse(form.view.private_metadata ?? '') as Record<string, unknown>),
    ),
  },
});
const metadata = (text: string | null) => (form: Form) => ({
  ...form,
  view: { ...form.view, private_metadata: text },
});
const who = (user: unknown) => (form: Form) => ({ ...form, user });

const NOT_SENT = 'not a card that was sent to you';
const STRANGER = 'directory does not know';
/** Signed by Slack, and altered by whoever sent it. `told` is what they read; absent: nothing, because it is nothing of ours. */
const PAYLOADS: { name: string; alter: (form: Form) => unknown; told?: string }[] = [
  {
    name: 'the id of another question',
    alter: card((at_) => ({ ...at_, approvalId: other.approvalId })),
    told: NOT_SENT,
  },
  {
    name: 'the place of another question',
    alter: card((at_) => ({ ...at_, ts: other.message.ts })),
    told: NOT_SENT,
  },
  {
    name: 'an id that is none',
    alter: card((at_) => ({ ...at_, approvalId: '../../approve' })),
    told: NOT_SENT,
  },
  {
    name: 'an id of nothing',
    alter: card((at_) => ({ ...at_, approvalId: `${asked.approvalId}x` })),
    told: NOT_SENT,
  },
  {
    name: 'an id in capitals',
    alter: card((at_) => ({ ...at_, approvalId: asked.approvalId.toUpperCase() })),
    told: NOT_SENT,
  },
  { name: 'an id that is a pattern', alter: card((at_) => ({ ...at_, approvalId: '%' })), told: NOT_SENT },
  { name: 'another tenant', alter: card((at_) => ({ ...at_, tenant: 'umbrella' })), told: STRANGER },
  {
    name: 'a tenant that every object has',
    alter: card((at_) => ({ ...at_, tenant: '__proto__' })),
    told: STRANGER,
  },
  {
    name: 'a channel that the card is not in',
    alter: card((at_) => ({ ...at_, channel: 'C0OTHER' })),
    told: NOT_SENT,
  },
  { name: 'a time that the card is not of', alter: card((at_) => ({ ...at_, ts: '1.1' })), told: NOT_SENT },
  {
    name: 'a place with a zero more',
    alter: card((at_) => ({ ...at_, ts: `${asked.message.ts}0` })),
    told: NOT_SENT,
  },
  {
    name: 'an edited digest',
    alter: card((at_) => ({ ...at_, digest: `sha256:${'0'.repeat(64)}` })),
    told: 'arguments have changed',
  },
  {
    name: 'a digest in capitals',
    alter: card((at_) => ({ ...at_, digest: String(at_.digest).toUpperCase() })),
    told: 'arguments have changed',
  },
  {
    name: 'a digest cut short',
    alter: card((at_) => ({ ...at_, digest: String(at_.digest).slice(0, -1) })),
    told: 'arguments have changed',
  },
  { name: 'no digest', alter: card(({ digest: _, ...at_ }) => at_) },
  { name: 'an empty digest', alter: card((at_) => ({ ...at_, digest: '' })) },
  { name: 'a digest that is a list', alter: card((at_) => ({ ...at_, digest: [at_.digest] })) },
  { name: 'an edit', alter: card((at_) => ({ ...at_, kind: 'edit', arguments: { orderId: 'X' } })) },
  { name: 'a kind in capitals', alter: card((at_) => ({ ...at_, kind: 'APPROVE' })) },
  { name: 'a kind that every object has', alter: card((at_) => ({ ...at_, kind: 'constructor' })) },
  { name: 'an approver of its own', alter: card((at_) => ({ ...at_, approver: { id: 'grace' } })) },
  { name: 'break-glass', alter: card((at_) => ({ ...at_, breakGlass: true })) },
  { name: 'a place that is a number', alter: card((at_) => ({ ...at_, ts: Number(at_.ts) })) },
  {
    name: 'an id that is longer than any',
    alter: card((at_) => ({ ...at_, approvalId: 'x'.repeat(3_001) })),
  },
  { name: 'a list in place of the card', alter: card((at_) => [at_]) },
  { name: 'a card encoded twice', alter: card((at_) => JSON.stringify(at_)) },
  { name: 'a card that is no JSON', alter: metadata('{approve') },
  { name: 'no card', alter: metadata(null) },
  {
    name: 'the form of another app',
    alter: (form) => ({ ...form, view: { ...form.view, callback_id: 'other:decide' } }),
  },
  { name: 'a form that was closed', alter: (form) => ({ ...form, type: 'view_closed' }) },
  { name: 'a shortcut', alter: (form) => ({ ...form, type: 'shortcut' }) },
  {
    name: 'a form without an id',
    alter: ({ view: { id: _, ...rest }, ...form }) => ({ ...form, view: rest }),
  },
  { name: 'nobody', alter: ({ user: _, ...form }) => form },
  { name: 'nobody’s workspace', alter: ({ team: _, ...form }) => form },
  { name: 'a list of people', alter: who([{ id: 'U0GRACE' }]) },
  { name: 'an empty name', alter: who({ id: '' }) },
  { name: 'a name in small letters', alter: who({ id: 'u0grace' }), told: 'could not be asked' },
  { name: 'a name with a blank', alter: who({ id: ' U0GRACE' }), told: 'could not be asked' },
  { name: 'the bot itself', alter: who({ id: 'U0BOT' }), told: 'could not be asked' },
  {
    name: 'an account that says that it is grace',
    alter: who({
      id: 'U0NOBODY',
      name: 'grace',
      username: 'grace',
      profile: { email: 'grace@acme.example' },
    }),
    told: STRANGER,
  },
  {
    name: 'grace of another workspace',
    alter: who({ id: 'U0GRACE', team_id: 'T0EVIL' }),
    told: 'another Slack workspace',
  },
];

test.for(PAYLOADS)('decides nothing by a signed form: $name', async ({ alter, told }) => {
  const answer = await post(alter(submitted(view, { user: 'U0GRACE' })));
  expect(answer.status).toBe(200);
  const text = await answer.text();
  if (told === undefined) expect(text).toBe('');
  else expect(text).toContain(told);
  await nothingIsDecided();
});

type Click = ReturnType<typeof clickOn>;
const value = (more: object) => (click: Click) => ({
  ...click,
  actions: [
    {
      ...click.actions[0]!,
      value: JSON.stringify({ ...(JSON.parse(click.actions[0]!.value ?? '') as object), ...more }),
    },
  ],
});
/** A click shows a form, or why not. */
const CLICKS: { name: string; alter: (click: Click) => unknown; told?: string }[] = [
  {
    name: 'a button of another question',
    alter: (click) => value({ approvalId: other.approvalId })(click),
    told: NOT_SENT,
  },
  { name: 'a button of another tenant', alter: value({ tenant: 'umbrella' }), told: STRANGER },
  { name: 'a stale button', alter: value({ digest: 'old' }), told: 'arguments have changed' },
  { name: 'a button with words of its own', alter: value({ note: 'Fine.' }) },
  {
    name: 'a button that is none of ours',
    alter: (click) => ({ ...click, actions: [{ ...click.actions[0]!, action_id: 'countersign:decide' }] }),
  },
  {
    name: 'two buttons at once',
    alter: (click) => ({ ...click, actions: [click.actions[0], click.actions[0]] }),
  },
  {
    name: 'a button of a form',
    alter: (click) => ({ ...click, container: { ...click.container, type: 'view' } }),
  },
  {
    name: 'a click that brings the answer along',
    alter: (click) => ({ ...click, state: { values: { text: { text: { value: 'yes' } } } } }),
    told: 'refund',
  },
];

test.for(CLICKS)('decides nothing by a signed click: $name', async ({ alter, told }) => {
  expect((await post(alter(clickOn(asked.message, ACTIONS.approve, { user: 'U0GRACE' })))).status).toBe(200);
  if (told === undefined) expect(slack.views).toEqual([]);
  else expect(JSON.stringify(slack.views)).toContain(told);
  await nothingIsDecided();
});

const account = (more: Partial<SlackAccount>) => () =>
  void slack.users.set('U0GRACE', { id: 'U0GRACE', ...more });
const person = (more: object) => () => gate.store!.people.put(gate.tenant, [{ ...GRACE, ...more }]);
/** What changes between the form and its sending. */
const CHANGES: { name: string; change: () => unknown; told: string }[] = [
  { name: 'she has left the workspace', change: account({ deleted: true }), told: 'guests, bots' },
  { name: 'she has become a guest', change: account({ is_restricted: true }), told: 'guests, bots' },
  { name: 'her account has moved', change: account({ team_id: 'T0ELSE' }), told: 'another Slack workspace' },
  { name: 'her account is gone', change: () => slack.users.delete('U0GRACE'), told: 'could not be asked' },
  { name: 'the directory has another account of hers', change: person({ slackId: 'U0NEW' }), told: STRANGER },
  {
    name: 'she has left the group',
    change: person({ groups: ['support'] }),
    told: 'among those who may decide',
  },
  {
    name: 'she has been revoked',
    change: () => gate.store!.revocations.revoke(gate.tenant, 'grace'),
    told: 'taken away',
  },
  {
    name: 'her account is somebody else’s now',
    change: async () => {
      await person({ slackId: null })();
      await gate.store!.people.put(gate.tenant, [{ id: 'linus', slackId: 'U0GRACE', groups: ['finance'] }]);
    },
    told: NOT_SENT,
  },
  {
    name: 'Slack is down',
    change: () => slack.trouble.set('users.info', { status: 500 }),
    told: 'could not be asked',
  },
];

test.for(CHANGES)('decides nothing when since the form $name', async ({ change, told }) => {
  const form = submitted(view, { user: 'U0GRACE' });
  try {
    await change();
    expect(await (await post(form)).text()).toContain(told);
    await nothingIsDecided();
  } finally {
    slack.trouble.clear();
    account({})();
    await gate.store!.people.put(gate.tenant, [
      { id: 'linus', slackId: 'U0LINUS', groups: ['support'] },
      GRACE,
    ]);
    await gate.store!.revocations.restore(gate.tenant, 'grace');
  }
});

/** What comes over Slack's connection, beside clicks and forms. */
const ENVELOPES: [string, (payload: unknown) => unknown][] = [
  ['an event', (payload) => ({ type: 'events_api', payload })],
  ['a command', (payload) => ({ type: 'slash_commands', payload })],
  ['a greeting with a form', (payload) => ({ type: 'hello', payload })],
  ['an envelope of no kind', (payload) => ({ payload })],
  ['an envelope without a form', () => ({ type: 'interactive' })],
  ['a form as a text', (payload) => ({ type: 'interactive', payload: JSON.stringify(payload) })],
  ['a form in a list', (payload) => ({ type: 'interactive', payload: [payload] })],
];

test.for(ENVELOPES)('decides nothing over Slack’s connection: %s', async ([, envelope]) => {
  await expect.poll(() => slack.sockets.size, { timeout: 5_000 }).toBe(1);
  const [socket] = slack.sockets;
  const form = submitted(view, { user: 'U0GRACE' });
  socket!.send(JSON.stringify({ envelope_id: randomUUID(), ...(envelope(form) as object) }));
  // What comes after it is answered, so it has been looked at.
  const answer = await slack.interact(submitted(view, { user: 'U0NOBODY' }));
  expect(JSON.stringify(answer)).toContain(STRANGER);
  await nothingIsDecided();
});

const CARD = () => `/inbox/approvals/${asked.approvalId}`;
const DECIDE = () => `${CARD()}/decision`;
const FORM = 'application/x-www-form-urlencoded';
const browser = (): Browser => {
  const request = (path: string, init: RequestInit) =>
    fetch(new URL(path, gateway.url), { redirect: 'manual', ...init });
  return createBrowser({ app: { request } as unknown as TestGateway['app'] });
};
const linkFor = (id: string, { groups = ['finance'], tenant = gate.tenant, secret = sessionSecret } = {}) =>
  createInboxLink({
    ...{ sessionSecret: secret, baseUrl: gateway.url, tenant, approver: { id, groups }, clock: gate.now },
  });
async function signIn(id: string, more?: { groups?: string[]; tenant?: string }): Promise<Browser> {
  const own = browser();
  const page = await (await own.get(await linkFor(id, more))).text();
  expect((await own.post('/inbox/login', formFields(page))).status).toBe(303);
  return own;
}
const formOf = async (own: Browser) => formFields(await (await own.get(CARD())).text(), 'approve');
const YES = () => ({ decision: 'approve', argumentsDigest: 'x', decisionId: randomUUID(), csrf: 'x' });
const plain = (method: string, headers: Record<string, string> = {}, path = DECIDE()) =>
  fetch(new URL(path, gateway.url), {
    ...{ method, headers, redirect: 'manual' },
    ...(!['GET', 'HEAD', 'OPTIONS'].includes(method) && { body: new URLSearchParams(YES()).toString() }),
  });
/** Grace's own form, altered. */
const graces =
  (
    alter: (form: Record<string, string>) => Record<string, string> | Promise<Record<string, string>>,
    headers = {},
  ) =>
  async () => {
    const own = await signIn('grace');
    return own.post(DECIDE(), { ...(await alter(await formOf(own))), decision: 'approve' }, headers);
  };
/** Grace's form, sent in the session of somebody else. */
const someones = async (own: Browser) => {
  const { csrf = '' } = formFields(await (await own.get('/inbox')).text().then(logoutForm));
  return own.post(DECIDE(), { ...(await formOf(await signIn('grace'))), csrf, decision: 'approve' });
};
const logoutForm = (page: string) => page.replaceAll('/inbox/logout', '');

/** A mail was forwarded, scanned or stolen; a form was made up. The number is the status of the answer. */
const LINKS: [string, () => Promise<Response>, number][] = [
  ['whoever opens it', () => plain('GET', {}, CARD()), 401],
  ['a scanner that looks whether it is there', () => plain('HEAD', {}, CARD()), 401],
  [
    'a browser that fetches ahead',
    () => plain('GET', { 'sec-purpose': 'prefetch;prerender', purpose: 'prefetch' }, CARD()),
    401,
  ],
  ['a decision in its address', () => plain('GET', {}, `${CARD()}?decision=approve&sent=1`), 401],
  ['the address of its form', () => plain('GET'), 405],
  ['the address of its form with a decision', () => plain('GET', {}, `${DECIDE()}?decision=approve`), 405],
  ['the form sent by nobody', () => plain('POST', { 'content-type': FORM }), 401],
  ['the form as JSON', () => plain('POST', { 'content-type': 'application/json' }), 415],
  ['the form as a text', () => plain('POST', { 'content-type': 'text/plain' }), 415],
  ['the form in parts', () => plain('POST', { 'content-type': 'multipart/form-data; boundary=x' }), 415],
  ['the form of no type', () => plain('POST', { 'content-type': '' }), 415],
  ['the form by PUT', () => plain('PUT', { 'content-type': FORM }), 405],
  ['the form by PATCH', () => plain('PATCH', { 'content-type': FORM }), 405],
  ['the card by DELETE', () => plain('DELETE', {}, CARD()), 405],
  [
    'a GET that says it is a POST',
    () => plain('GET', { 'x-http-method-override': 'POST', 'x-method-override': 'POST' }),
    405,
  ],
  [
    'a site that asks whether it may',
    () => plain('OPTIONS', { origin: 'https://evil.example', 'access-control-request-method': 'POST' }),
    405,
  ],
  [
    'a session that was made up',
    () => plain('POST', { 'content-type': FORM, cookie: 'countersign_session=grace' }),
    401,
  ],
  [
    'a sign-in link in place of a session',
    async () =>
      plain('POST', {
        'content-type': FORM,
        cookie: `countersign_session=${new URL(await linkFor('grace')).searchParams.get('token') ?? ''}`,
      }),
    401,
  ],
  [
    'a name that a proxy would give',
    () =>
      plain('POST', {
        'content-type': FORM,
        'x-forwarded-user': 'grace',
        'remote-user': 'grace',
        'x-remote-groups': 'finance',
      }),
    401,
  ],
  [
    'a name and a password',
    () =>
      plain('POST', {
        'content-type': FORM,
        authorization: `Basic ${Buffer.from('grace:grace').toString('base64')}`,
      }),
    401,
  ],
  [
    'the API without a key',
    () => plain('POST', { 'content-type': 'application/json' }, `/v1/approvals/${asked.approvalId}/decision`),
    401,
  ],
  [
    'the API with a key that was made up',
    () => plain('POST', { authorization: 'Bearer cs_grace' }, `/v1/approvals/${asked.approvalId}/decision`),
    401,
  ],
  [
    'the API with the session of a browser',
    async () => {
      const { cookies } = await signIn('grace');
      const cookie = [...cookies].map((pair) => pair.join('=')).join('; ');
      return plain('POST', { cookie }, `/v1/approvals/${asked.approvalId}/decision`);
    },
    401,
  ],
  ['a form without its token', graces(({ csrf: _, ...form }) => form), 403],
  ['a form with an empty token', graces((form) => ({ ...form, csrf: '' })), 403],
  ['a form with a token cut short', graces((form) => ({ ...form, csrf: form.csrf!.slice(1) })), 403],
  [
    'a form with the token of another session',
    graces(async (form) => ({
      ...form,
      csrf: (await formOf(await signIn('linus', { groups: ['support'] }))).csrf ?? 'x',
    })),
    403,
  ],
  [
    'a form with the token of an older session',
    graces(async (form) => ({ ...form, csrf: (await formOf(await signIn('grace'))).csrf! })),
    403,
  ],
  ['a form from another site', graces((form) => form, { 'sec-fetch-site': 'cross-site' }), 403],
  ['a form from a neighbour', graces((form) => form, { 'sec-fetch-site': 'same-site' }), 403],
  ['a form from no page', graces((form) => form, { 'sec-fetch-site': 'none' }), 403],
  [
    'a form with an edited digest',
    graces((form) => ({ ...form, argumentsDigest: `sha256:${'0'.repeat(64)}` })),
    409,
  ],
  ['a form with a digest that is none', graces((form) => ({ ...form, argumentsDigest: 'x' })), 409],
  ['a form of break-glass where there is none', graces((form) => ({ ...form, breakGlass: 'true' })), 403],
  ['a form with its type altered', graces((form) => form, { 'content-type': 'text/plain' }), 415],
  [
    'whom it was forwarded to, who may not',
    async () => someones(await signIn('linus', { groups: ['support'] })),
    403,
  ],
  [
    'whom it was forwarded to, whom nobody knows',
    async () => someones(await signIn('eve', { groups: [] })),
    403,
  ],
  ['somebody whose name looks like hers', async () => someones(await signIn('grаce', { groups: [] })), 403],
  ['somebody of another tenant', async () => someones(await signIn('grace', { tenant: 'umbrella' })), 404],
  [
    'somebody who has signed out',
    async () => {
      const own = await signIn('grace');
      const form = await formOf(own);
      const cookies = new Map(own.cookies);
      expect((await own.post('/inbox/logout', form)).status).toBe(200);
      for (const [name, kept] of cookies) own.cookies.set(name, kept);
      return own.post(DECIDE(), { ...form, decision: 'approve' });
    },
    401,
  ],
  [
    'somebody who was revoked',
    async () => {
      const own = await signIn('grace');
      const form = await formOf(own);
      await gate.store!.revocations.revoke(gate.tenant, 'grace');
      const answer = await own.post(DECIDE(), { ...form, decision: 'approve' });
      await gate.store!.revocations.restore(gate.tenant, 'grace');
      return answer;
    },
    401,
  ],
  [
    'a sign-in link that was used',
    async () => {
      const link = await linkFor('grace');
      const page = await (await browser().get(link)).text();
      const own = browser();
      await own.post('/inbox/login', formFields(await (await own.get(link)).text()));
      return browser().post('/inbox/login', formFields(page));
    },
    403,
  ],
  [
    'a sign-in link of somebody who was revoked',
    async () => {
      await gate.store!.revocations.revoke(gate.tenant, 'grace');
      const own = browser();
      const page = await (await own.get(await linkFor('grace'))).text();
      const answer = await own.post('/inbox/login', formFields(page));
      await gate.store!.revocations.restore(gate.tenant, 'grace');
      return answer;
    },
    403,
  ],
  [
    'a sign-in link by another secret',
    async () => browser().get(await linkFor('grace', { secret: randomBytes(32).toString('hex') })),
    401,
  ],
  [
    'a sign-in link for somebody else, altered',
    async () => {
      const url = new URL(await linkFor('linus'));
      const [head, claims = '', signed] = (url.searchParams.get('token') ?? '').split('.');
      const altered = Buffer.from(claims, 'base64url').toString().replace('linus', 'grace');
      url.searchParams.set('token', [head, Buffer.from(altered).toString('base64url'), signed].join('.'));
      return browser().get(url.href);
    },
    401,
  ],
  [
    'a sign-in link that says it needs no signature',
    () =>
      browser().get(
        `/inbox/login?token=${['{"alg":"none"}', '{"tenant":"acme","approver":{"id":"grace"}}'].map((part) => Buffer.from(part).toString('base64url')).join('.')}.`,
      ),
    401,
  ],
];

test.for(LINKS)('decides nothing by the link of a mail: %s', async ([, go, status]) => {
  const answer = await go();
  expect(answer.status).toBe(status);
  await nothingIsDecided();
});

describe('a scanner that opens the link with scripts on, and presses whatever it finds,', () => {
  const scan = async (address: string): Promise<string> => {
    await using chromium = await launchChromium();
    const page = await chromium.newPage();
    await page.goto(address);
    const text = await page.innerText('body');
    await page.evaluate(
      `for (const form of document.forms) form.submit(); for (const one of document.querySelectorAll('button, a, [onclick]')) one.click();`,
    );
    await page.waitForLoadState('networkidle');
    return text;
  };

  test('is told to sign in, and decides nothing', async () => {
    expect(await scan(`${gateway.url}${CARD()}`)).toMatch(/sign/i);
    await nothingIsDecided();
  });

  test('decides nothing with a sign-in link, either', async () => {
    expect(await scan(await linkFor('grace'))).toContain('grace');
    await nothingIsDecided();
  });
});

test('whoever may decides by the same doors, once, however often it is sent', async () => {
  const own = await signIn('grace');
  const form = { ...(await formOf(own)), decision: 'approve' };
  const twice = [await own.post(DECIDE(), form), await own.post(DECIDE(), form)];
  expect(twice.map(({ status }) => status)).toEqual([303, 303]);
  expect(await statusOf(asked)).toBe('approved');

  const envelope = {
    ...{ type: 'interactive', envelope_id: randomUUID(), accepts_response_payload: true },
    payload: submitted(await formFor(other), { user: 'U0GRACE' }),
  };
  const [socket] = slack.sockets;
  for (const _ of [1, 2]) socket!.send(JSON.stringify(envelope));
  await expect.poll(() => statusOf(other)).toBe('approved');
  const settled = async () =>
    (await gate.store!.record.ofApproval(gate.tenant, other.approvalId)).filter(
      ({ kind }) => kind === 'settled',
    ).length;
  await expect.poll(settled).toBe(1);
  expect(
    REQUESTS.length + PAYLOADS.length + CLICKS.length + CHANGES.length + ENVELOPES.length + LINKS.length,
  ).toBeGreaterThan(100);
});
