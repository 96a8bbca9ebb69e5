import { SignJWT } from 'jose';
import { describe, expect, it } from 'vitest';

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
  it('signs in with a button, once', async () => {
    const gateway = createTestGateway();
    const url = await link();
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

  it('is not used up by programs that only look at it', async () => {
    const gateway = createTestGateway();
    const url = await link();
    for (let look = 0; look < 3; look += 1) expect((await createBrowser(gateway).get(url)).status).toBe(200);
    const browser = createBrowser(gateway);
    const page = await (await browser.get(url)).text();
    expect((await browser.post('/inbox/login', formFields(page))).status).toBe(303);
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
    const { csrf = '' } = Object.fromEntries(
      [...page.matchAll(/name="(csrf)" value="([^"]*)"/g)].map(([, name, value]) => [name, value]),
    ) as Record<string, string>;
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
