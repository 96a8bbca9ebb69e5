import { SignJWT } from 'jose';
import { describe, expect, it } from 'vitest';

import type { DecisionKind } from '../../src/contracts/approval/decision.ts';
import { createInboxLink } from '../../src/gateway/app.ts';
import {
  APPROVAL_ID,
  BASE_URL,
  createBrowser,
  createTestGateway,
  formFields,
  NOW,
  SESSION_SECRET,
  signedInBrowser,
  TENANT,
} from './support.ts';

const CARD = `/inbox/approvals/${APPROVAL_ID}`;
const link = (overrides: Partial<Parameters<typeof createInboxLink>[0]> = {}) =>
  createInboxLink({
    sessionSecret: SESSION_SECRET,
    baseUrl: BASE_URL,
    tenant: TENANT,
    approver: { id: 'alice@acme.example' },
    clock: () => NOW,
    ...overrides,
  });

describe('the sign-in link', () => {
  it('signs in with a button, once, however often it was looked at', async () => {
    const gateway = createTestGateway();
    const url = await link();
    // Programs that only look at it do not use it up.
    for (let look = 0; look < 3; look += 1) expect((await createBrowser(gateway).get(url)).status).toBe(200);
    const browser = createBrowser(gateway);
    const page = await (await browser.get(url)).text();
    expect(page).toContain('alice@acme.example');
    const answer = await browser.post('/inbox/login', formFields(page));
    expect(answer.status).toBe(303);
    expect(answer.headers.get('location')).toBe('/inbox');
    const session = answer.headers.getSetCookie().find((cookie) => cookie.startsWith('countersign_session='));
    expect(session).toMatch(/; Max-Age=43200; Path=\/inbox; HttpOnly; SameSite=Strict$/);
    expect((await browser.get('/inbox')).status).toBe(200);

    expect((await browser.post('/inbox/login', formFields(page))).status).toBe(401);
    expect((await createBrowser(gateway).get(url)).status).toBe(401);
  });

  it.each([
    ['older than ten minutes', link({ clock: () => NOW - 601_000 })],
    ['signed with another secret', link({ sessionSecret: 'another secret of more than 32 characters' })],
    ['cut short', link().then((url) => url.slice(0, -3))],
    ['without a token', Promise.resolve(`${BASE_URL}/inbox/login`)],
  ])('does nothing when it is %s', async (_what, url) => {
    const response = await createBrowser(createTestGateway()).get(await url);
    expect(response.status).toBe(401);
    expect(await response.text()).toContain('older than ten minutes');
  });

  it('cannot be pressed from another site, nor without the cookie of its page', async () => {
    const gateway = createTestGateway();
    const browser = createBrowser(gateway);
    const fields = formFields(await (await browser.get(await link())).text());
    expect((await createBrowser(gateway).post('/inbox/login', fields)).status).toBe(403);
    expect((await browser.post('/inbox/login', fields, { 'sec-fetch-site': 'cross-site' })).status).toBe(403);
    expect((await browser.post('/inbox/login', fields)).status).toBe(303);
  });

  it('sets Secure cookies when the inbox is on HTTPS', async () => {
    const browser = createBrowser(createTestGateway({ publicUrl: 'https://sign.acme.example' }));
    expect((await browser.get(await link())).headers.get('set-cookie')).toMatch(/; Secure/);
  });

  it.each([
    ['its public URL', { publicUrl: 'https://sign.acme.example' }, {}],
    ['the proxy before it', {}, { 'x-forwarded-proto': 'https' }],
  ])(
    'names cookies so that no other host can set them when it is on HTTPS by %s',
    async (_what, deps, headers) => {
      const browser = createBrowser(createTestGateway(deps));
      const page = await browser.get(await link(), headers);
      const entered = await browser.post('/inbox/login', formFields(await page.text()), headers);
      const set = [...page.headers.getSetCookie(), ...entered.headers.getSetCookie()];
      expect(set.map((line) => line.split('=')[0])).toEqual([
        '__Host-countersign_login',
        '__Host-countersign_session',
      ]);
      for (const line of set) {
        expect(line).toMatch(/; Path=\/; HttpOnly; Secure; SameSite=Strict$/);
        expect(line).not.toContain('Domain');
      }
      expect((await browser.get('/inbox', headers)).status).toBe(200);
      // One that a page of a sibling domain has planted under the plain name counts for nothing.
      browser.cookies.set('countersign_session', browser.cookies.get('__Host-countersign_session')!);
      browser.cookies.delete('__Host-countersign_session');
      expect((await browser.get('/inbox', headers)).status).toBe(401);
    },
  );
});

describe('the session', () => {
  it('is needed for every page but the sign-in', async () => {
    const gateway = createTestGateway();
    for (const path of ['/inbox', CARD]) {
      const response = await createBrowser(gateway).get(path);
      expect(response.status).toBe(401);
      expect(response.headers.get('content-type')).toMatch(/^text\/html/);
    }
    expect((await createBrowser(gateway).post(`${CARD}/decision`, { decision: 'approve' })).status).toBe(401);
    expect(gateway.client.decisions).toEqual([]);
  });

  it('cannot be forged', async () => {
    const gateway = createTestGateway();
    const honest = (await signedInBrowser(gateway)).cookies.get('countersign_session')!;
    const [header = '', , signature = ''] = honest.split('.');
    const claims = { jti: 'x', exp: NOW / 1_000 + 1_000, tenant: TENANT, approver: { id: 'mallory' } };
    const key = (secret: string) => new TextEncoder().encode(secret);
    const signed = (secret: string, audience: string) =>
      new SignJWT(claims).setProtectedHeader({ alg: 'HS256' }).setAudience(audience).sign(key(secret));
    const encode = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
    const session = 'countersign:inbox-session';
    const unsigned = `${encode({ alg: 'none' })}.${encode({ ...claims, aud: session })}.`;
    const forged = {
      'other claims under the same signature': `${header}.${encode({ ...claims, aud: session })}.${signature}`,
      'no algorithm': unsigned,
      'another secret': await signed('another secret of more than 32 characters', session),
      'a sign-in token': new URL(await link()).searchParams.get('token')!,
      nothing: '',
      'an id': 'alice@acme.example',
    };
    for (const [what, cookie] of Object.entries(forged)) {
      const browser = createBrowser(gateway);
      browser.cookies.set('countersign_session', cookie);
      expect((await browser.get('/inbox')).status, what).toBe(401);
    }
    const rightlySigned = createBrowser(gateway);
    rightlySigned.cookies.set('countersign_session', await signed(SESSION_SECRET, session));
    expect((await rightlySigned.get('/inbox')).status).toBe(200);
  });

  it('ends after twelve hours, and by signing out', async () => {
    let now = NOW;
    const gateway = createTestGateway({ clock: () => now });
    const browser = await signedInBrowser(gateway);
    now = NOW + 43_199_000;
    const page = await (await browser.get('/inbox')).text();
    now = NOW + 43_201_000;
    expect((await browser.get('/inbox')).status).toBe(401);
    now = NOW;
    const [, csrf = ''] = /name="csrf" value="([^"]*)"/.exec(page) ?? [];
    const answer = await browser.post('/inbox/logout', { csrf });
    expect(answer.headers.get('set-cookie')).toMatch(/^countersign_session=; Max-Age=0/);
  });

  it('survives a link followed from a mail, where the browser keeps the cookie back at first', async () => {
    const response = await createBrowser(createTestGateway()).get(CARD, { 'sec-fetch-site': 'cross-site' });
    expect(response.status).toBe(200);
    expect(await response.text()).toContain(`http-equiv="refresh" content="0; url=${CARD}"`);
  });
});

describe('the pages', () => {
  it('load nothing, run only their own script, and are framed by nobody', async () => {
    const browser = await signedInBrowser(createTestGateway());
    const [first, second] = [await browser.get(CARD), await browser.get(CARD)];
    const policy = first.headers.get('content-security-policy') ?? '';
    const nonce = /'nonce-([\w-]+)'/.exec(policy)?.[1];
    expect(policy).toContain("default-src 'none'");
    expect(policy).toContain("frame-ancestors 'none'");
    expect(policy).not.toContain('unsafe');
    expect(second.headers.get('content-security-policy')).not.toBe(policy);
    const page = await first.text();
    expect(page.match(/<script[^>]*>/g)).toEqual([`<script nonce="${nonce!}">`]);
    expect(page).not.toMatch(/ on\w+="| style="/);
    expect(first.headers.get('referrer-policy')).toBe('no-referrer');
    expect(first.headers.get('cache-control')).toBe('no-store');
  });
});

describe('a decision that is sent when the session is gone', () => {
  const words = 'Paid twice, see <b>ticket</b> & Übertrag';
  const escaped = 'Paid twice, see &lt;b&gt;ticket&lt;/b&gt; &amp; Übertrag';
  /** A form that was filled in before the session went. */
  async function lost(decision: DecisionKind, typed: Record<string, string>, gateway = createTestGateway()) {
    const browser = await signedInBrowser(gateway);
    const fields = formFields(await (await browser.get(CARD)).text(), decision);
    browser.cookies.delete('countersign_session');
    const answer = await browser.post(`${CARD}/decision`, { ...fields, ...typed });
    return { gateway, browser, answer, page: await answer.text() };
  }
  async function signInAgain(browser: ReturnType<typeof createBrowser>) {
    const page = await (await browser.get(await link())).text();
    expect((await browser.post('/inbox/login', formFields(page))).status).toBe(303);
  }

  it.each([
    ['deny', { note: words }, [escaped]],
    ['edit', { arguments: '{"amountCents": 1}', note: words }, [escaped, '{&quot;amountCents&quot;: 1}']],
    ['respond', { response: words }, [escaped]],
  ] as const)(
    'is asked again with what was typed, after a sign-in in another tab: %s',
    async (decision, typed, shown) => {
      const { gateway, browser, answer, page } = await lost(decision, typed);
      expect(answer.status).toBe(401);
      expect(page).toContain(escaped);
      // Too early: it is still kept.
      const early = await browser.post(`${CARD}/resume`, formFields(page));
      expect(early.status).toBe(401);

      await signInAgain(browser);
      const back = await browser.post(`${CARD}/resume`, formFields(await early.text()));
      expect(back.status).toBe(200);
      const card = await back.text();
      for (const text of shown) expect(card).toContain(text);
      expect(gateway.client.decisions).toEqual([]);
      // The form on it is one like any other.
      await browser.post(`${CARD}/decision`, { ...formFields(card, decision), ...typed });
      expect(gateway.client.decisions).toMatchObject([{ decision }]);
    },
  );

  it('is not kept for another browser, another card, from another site, or when it was changed', async () => {
    const { gateway, browser, page } = await lost('deny', { note: words });
    const fields = formFields(page);
    await signInAgain(browser);
    const other = await signedInBrowser(gateway);
    expect((await other.post(`${CARD}/resume`, fields)).status).toBe(403);
    expect((await browser.post(`${CARD.replace('4711', '4712')}/resume`, fields)).status).toBe(401);
    const crossSite = { 'sec-fetch-site': 'cross-site' };
    expect((await browser.post(`${CARD}/resume`, fields, crossSite)).status).toBe(403);
    const [head = '', body = '', signature = ''] = fields.draft!.split('.');
    const claims = JSON.parse(Buffer.from(body, 'base64url').toString()) as { typed: object };
    const forged = { ...claims, typed: { ...claims.typed, note: 'forged' } };
    const draft = [head, Buffer.from(JSON.stringify(forged)).toString('base64url'), signature].join('.');
    expect((await browser.post(`${CARD}/resume`, { ...fields, draft })).status).toBe(401);
    expect((await browser.post(`${CARD}/resume`, fields)).status).toBe(200);
  });

  it('is kept for an hour', async () => {
    let now = NOW;
    const { browser, page } = await lost('deny', { note: words }, createTestGateway({ clock: () => now }));
    await signInAgain(browser);
    now = NOW + 3_601_000;
    expect((await browser.post(`${CARD}/resume`, formFields(page))).status).toBe(401);
  });

  it('is not read when it is larger than anybody types', async () => {
    const { answer } = await lost('deny', { note: 'x'.repeat(200_000) });
    expect(answer.status).toBe(413);
  });
});

it('the address alone leads to the inbox', async () => {
  const answer = await createBrowser(createTestGateway()).get('/');
  expect([answer.status, answer.headers.get('location')]).toEqual([302, '/inbox']);
});

it('a page for approvers does not speak of commands', async () => {
  const page = await (await createBrowser(createTestGateway()).get('/inbox')).text();
  expect(page).toContain('Whoever runs this gateway can send you one');
  expect(page).not.toContain('npm');
});
