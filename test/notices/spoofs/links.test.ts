import { randomBytes, randomUUID } from 'node:crypto';

import { describe, expect, test } from 'vitest';

import { createInboxLink } from '../../../src/gateway/app.ts';
import { createBrowser, formFields, type Browser, type TestGateway } from '../../gateway/support.ts';
import { launchChromium } from '../../support/chromium.ts';
import { spoofStage } from './stage.ts';

/**
 * The link of a mail or a notification in wrong hands, forms that were made up, and the API: not one settles anything. The last test decides
 * by the same form, so that none of these was refused for another reason.
 */

const stage = spoofStage();
const { statusOf, nothingIsDecided } = stage;

const CARD = () => `/inbox/approvals/${stage.asked.approvalId}`;
const DECIDE = () => `${CARD()}/decision`;
const FORM = 'application/x-www-form-urlencoded';
const browser = (): Browser => {
  const request = (path: string, init: RequestInit) =>
    fetch(new URL(path, stage.gateway.url), { redirect: 'manual', ...init });
  return createBrowser({ app: { request } as unknown as TestGateway['app'] });
};
const linkFor = (
  id: string,
  { groups = ['finance'], tenant = stage.gate.tenant, secret = stage.sessionSecret } = {},
) =>
  createInboxLink({
    ...{
      sessionSecret: secret,
      baseUrl: stage.gateway.url,
      tenant,
      approver: { id, groups },
      clock: stage.gate.now,
    },
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
  fetch(new URL(path, stage.gateway.url), {
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
    () =>
      plain(
        'POST',
        { 'content-type': 'application/json' },
        `/v1/approvals/${stage.asked.approvalId}/decision`,
      ),
    401,
  ],
  [
    'the API with a key that was made up',
    () =>
      plain('POST', { authorization: 'Bearer cs_grace' }, `/v1/approvals/${stage.asked.approvalId}/decision`),
    401,
  ],
  [
    'the API with the session of a browser',
    async () => {
      const { cookies } = await signIn('grace');
      const cookie = [...cookies].map((pair) => pair.join('=')).join('; ');
      return plain('POST', { cookie }, `/v1/approvals/${stage.asked.approvalId}/decision`);
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
      await stage.gate.store!.revocations.revoke(stage.gate.tenant, 'grace');
      const answer = await own.post(DECIDE(), { ...form, decision: 'approve' });
      await stage.gate.store!.revocations.restore(stage.gate.tenant, 'grace');
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
      await stage.gate.store!.revocations.revoke(stage.gate.tenant, 'grace');
      const own = browser();
      const page = await (await own.get(await linkFor('grace'))).text();
      const answer = await own.post('/inbox/login', formFields(page));
      await stage.gate.store!.revocations.restore(stage.gate.tenant, 'grace');
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
    expect(await scan(`${stage.gateway.url}${CARD()}`)).toMatch(/sign/i);
    await nothingIsDecided();
  });

  test('decides nothing with a sign-in link, either', async () => {
    expect(await scan(await linkFor('grace'))).toContain('grace');
    await nothingIsDecided();
  });
});

test('whoever may decides by the same form, once, however often it is sent', async () => {
  const own = await signIn('grace');
  const form = { ...(await formOf(own)), decision: 'approve' };
  const twice = [await own.post(DECIDE(), form), await own.post(DECIDE(), form)];
  expect(twice.map(({ status }) => status)).toEqual([303, 303]);
  expect(await statusOf(stage.asked)).toBe('approved');
  expect(LINKS.length).toBeGreaterThanOrEqual(46);
});
