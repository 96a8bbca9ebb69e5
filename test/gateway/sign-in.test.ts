import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { generateKeyPair, SignJWT, type JWTPayload } from 'jose';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';

import { openStore, type Store } from '../../src/store/store.ts';
import { startLyingIssuer, type LyingIssuer } from '../support/lying-issuer.ts';
import {
  APPROVAL_ID,
  createBrowser,
  createTestGateway,
  formFields,
  sampleApproval,
  TENANT,
  type Browser,
} from './support.ts';

/** What a gateway takes from an identity provider, and what it does not, against one that says anything. */

const EVENT = { 'http://schemas.openid.net/event/backchannel-logout': {} };
const CARD = `/inbox/approvals/${APPROVAL_ID}`;
let folder: string;
let store: Store;
let issuer: LyingIssuer;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'countersign-sign-in-'));
  store = await openStore({ url: `sqlite:${join(folder, 'store.sqlite')}` });
  issuer = await startLyingIssuer();
});
afterAll(async () => {
  await issuer.close();
  await store.close();
  await rm(folder, { recursive: true, force: true });
});

function gatewayWith(oidc: object = {}) {
  return createTestGateway({
    ...{ store, clock: Date.now },
    oidc: { issuer: issuer.url, clientId: issuer.clientId, tenant: { fixed: TENANT }, ...oidc },
  });
}

/** Goes to the provider: what it was asked. */
async function begin(browser: Browser, query = '') {
  const answer = await browser.get(`/inbox/sign-in${query}`);
  expect(answer.status).toBe(302);
  return Object.fromEntries(new URL(answer.headers.get('location')!).searchParams);
}
const back = (browser: Browser, state = '', more = '') =>
  browser.get(`/inbox/sign-in/callback?code=c&state=${state}${more}`);

/** Signs in with an ID token that `lie` has made of the honest claims. */
async function signIn(
  lie: (claims: JWTPayload) => JWTPayload | Promise<string> = (claims) => claims,
  gateway = gatewayWith(),
) {
  const browser = createBrowser(gateway);
  const { state, nonce = '' } = await begin(browser);
  const said = lie(issuer.claims(nonce));
  issuer.says.idToken = await (said instanceof Promise ? said : issuer.sign(said));
  const answer = await back(browser, state);
  const refused = gateway.logged.find(({ event }) => event === 'sign_in.refused');
  return { gateway, browser, answer, text: await answer.text(), reason: refused?.fields.reason };
}
const unsigned = (claims: JWTPayload) => {
  const encode = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
  return Promise.resolve(`${encode({ alg: 'none' })}.${encode(claims)}.`);
};
const byStranger = async (claims: JWTPayload) =>
  issuer.sign(claims, { key: (await generateKeyPair('RS256')).privateKey });
const bySecret = (claims: JWTPayload) =>
  new SignJWT(claims).setProtectedHeader({ alg: 'HS256' }).sign(new TextEncoder().encode('s'.repeat(32)));

describe('signing in at an identity provider', () => {
  it('asks with PKCE, state and nonce, and leads to the page that was wanted', async () => {
    const gateway = gatewayWith();
    const browser = createBrowser(gateway);
    const first = await browser.get(CARD);
    expect(first.headers.get('location')).toBe(`/inbox/sign-in?to=${encodeURIComponent(CARD)}`);
    const asked = await begin(browser, `?to=${encodeURIComponent(CARD)}`);
    expect(asked).toMatchObject({
      ...{ response_type: 'code', client_id: 'countersign', code_challenge_method: 'S256' },
      ...{ redirect_uri: 'http://localhost/inbox/sign-in/callback', scope: 'openid profile email' },
    });
    issuer.says.idToken = await issuer.sign(issuer.claims(asked.nonce!));
    const answer = await back(browser, asked.state);
    expect([answer.status, answer.headers.get('location')]).toEqual([303, CARD]);
    const card = await (await browser.get(CARD)).text();
    await browser.post(`${CARD}/decision`, formFields(card, 'approve'));
    expect(gateway.client.decisions).toMatchObject([
      {
        approver: { id: 'ada@acme.example', groups: ['finance'] },
        authenticated: { by: 'oidc', issuer: issuer.url, at: expect.stringMatching(/Z$/) as string },
      },
    ]);
  });

  it('leads nowhere but to the inbox', async () => {
    const browser = createBrowser(gatewayWith());
    const { state, nonce = '' } = await begin(browser, '?to=https://evil.example');
    issuer.says.idToken = await issuer.sign(issuer.claims(nonce));
    expect((await back(browser, state)).headers.get('location')).toBe('/inbox');
  });

  it('keeps name, mail and groups of the directory current', async () => {
    await signIn((claims) => ({ ...claims, sub: 'u-2', email: 'eve@acme.example', name: 'Eve' }));
    await signIn((claims) => ({
      ...claims,
      sub: 'u-2',
      email: 'eve@new.example',
      name: 'E.',
      groups: ['risk'],
    }));
    expect(await store.people.find(TENANT, { issuer: issuer.url, subject: 'u-2' })).toMatchObject({
      ...{ id: 'eve@acme.example', name: 'E.', mail: 'eve@new.example', groups: ['risk'] },
    });
  });

  it('takes an account for the person of the directory who has its verified mail address', async () => {
    await store.people.put(TENANT, [{ id: 'grace', mail: 'grace@acme.example' }]);
    const grace = (claims: JWTPayload) => ({ ...claims, sub: 'u-3', email: 'grace@acme.example' });
    expect((await signIn((claims) => ({ ...grace(claims), email_verified: false }))).answer.status).toBe(303);
    expect(await store.people.get(TENANT, 'grace')).toMatchObject({ identities: [] });
    await store.people.put(TENANT, [{ id: `${new URL(issuer.url).host}/u-3`, identities: [] }]);
    expect((await signIn(grace)).answer.status).toBe(303);
    expect(await store.people.get(TENANT, 'grace')).toMatchObject({ identities: [{ subject: 'u-3' }] });
    // Somebody new has been given her address.
    const other = await signIn((claims) => ({ ...grace(claims), sub: 'u-4' }));
    expect([other.answer.status, other.reason]).toEqual([403, 'not_linked']);
    expect(other.text).toContain('subject &quot;u-4&quot;');
  });

  it('keeps no mail address that the provider has not verified: it could be anybody’s', async () => {
    const unsaid = ({ email_verified: _, ...claims }: JWTPayload) => ({
      ...claims,
      sub: 'u-5',
      email: 'boss@acme.example',
    });
    expect((await signIn(unsaid)).answer.status).toBe(303);
    expect(await store.people.find(TENANT, { mail: 'boss@acme.example' })).toBeNull();
  });

  it('takes the tenant from a claim', async () => {
    const tenant = { claim: 'org' };
    const honest = await signIn((claims) => ({ ...claims, org: 'globex' }), gatewayWith({ tenant }));
    expect(await (await honest.browser.get('/inbox')).text()).toContain('globex');
    const nobody = await signIn((claims) => ({ ...claims, org: 'No Tenant' }), gatewayWith({ tenant }));
    expect([nobody.answer.status, nobody.reason]).toEqual([403, 'tenant']);
  });

  it.each<[string, string, (claims: JWTPayload) => JWTPayload | Promise<string>]>([
    ['another issuer', 'iss', (claims) => ({ ...claims, iss: 'https://evil.example' })],
    ['another audience', 'aud', (claims) => ({ ...claims, aud: 'other' })],
    ['further audiences', 'aud', (claims) => ({ ...claims, aud: ['countersign', 'other'] })],
    ['another party', 'azp', (claims) => ({ ...claims, azp: 'other' })],
    ['the nonce of another sign-in', 'nonce', (claims) => ({ ...claims, nonce: 'replayed' })],
    ['no nonce', 'answer', ({ nonce: _, ...claims }) => claims],
    ['an end in the past', 'exp', (claims) => ({ ...claims, exp: Number(claims.iat) - 60 })],
    ['no signature', 'alg', unsigned],
    ['the signature of a shared secret', 'alg', bySecret],
    ['the signature of a stranger', 'signature', byStranger],
    ['groups that nobody can compare', 'groups', (claims) => ({ ...claims, groups: { finance: true } })],
    ['no subject', 'answer', ({ sub: _, ...claims }) => claims],
  ])('refuses an ID token with %s: %s', async (_what, reason, lie) => {
    const refused = await signIn(lie);
    expect([refused.answer.status, refused.reason]).toEqual([403, reason]);
    expect(refused.text).toContain('Nobody was signed in');
    expect((await refused.browser.get('/inbox')).status).toBe(302);
  });

  it('is told of what the provider refuses', async () => {
    const gateway = gatewayWith();
    const browser = createBrowser(gateway);
    const { state } = await begin(browser);
    const answer = await browser.get(`/inbox/sign-in/callback?error=access_denied&state=${state}`);
    expect([answer.status, await answer.text()]).toEqual([403, expect.stringContaining('access_denied')]);
  });

  it('takes an answer once, in the browser that has begun it', async () => {
    const gateway = gatewayWith();
    const { browser, answer } = await signIn(undefined, gateway);
    expect(answer.status).toBe(303);
    const again = createBrowser(gateway);
    const { state, nonce = '' } = await begin(again);
    issuer.says.idToken = await issuer.sign(issuer.claims(nonce));
    expect((await back(browser, state)).status).toBe(403);
    expect((await back(again, state, '&iss=https://evil.example')).status).toBe(403);
    expect((await back(again, state)).status).toBe(403);
  });

  it('allows clocks to differ by some seconds', async () => {
    const late = await signIn((claims) => ({
      ...claims,
      iat: Number(claims.iat) - 80,
      exp: Number(claims.iat) - 20,
    }));
    expect(late.answer.status).toBe(303);
  });

  it('goes on when the provider has a new key', async () => {
    const gateway = gatewayWith();
    expect((await signIn(undefined, gateway)).answer.status).toBe(303);
    await issuer.rotate();
    await expect.poll(async () => (await signIn(undefined, gateway)).answer.status).toBe(303);
  });

  it('lets nobody in whose right was taken away', async () => {
    await signIn();
    await store.revocations.revoke(TENANT, 'ada@acme.example');
    const refused = await signIn();
    expect([refused.answer.status, refused.text]).toEqual([403, expect.stringContaining('taken away')]);
    await store.revocations.restore(TENANT, 'ada@acme.example');
  });

  it.each([
    ['cannot be reached', 'http://127.0.0.1:9', 503, 'sign_in.provider_unavailable'],
    ['says that it is another', 'liar', 403, 'sign_in.refused'],
  ])('says so when the issuer %s, and the rest works', async (_what, url, status, event) => {
    const liar = url === 'liar' ? await startLyingIssuer() : null;
    if (liar !== null) liar.metadata.issuer = 'https://evil.example';
    const gateway = gatewayWith({ issuer: liar?.url ?? url });
    const answer = await createBrowser(gateway).get('/inbox/sign-in');
    expect(answer.status).toBe(status);
    expect(gateway.logged.map((line) => line.event)).toContain(event);
    expect((await gateway.ask('GET', '/v1/approvals')).status).toBe(200);
    await liar?.close();
  });
});

describe('a policy that wants a fresh sign-in', () => {
  it.each([
    ['kept by the browser', 'Paid twice.'],
    ['too long for a cookie, so kept by the page', 'Paid twice. '.repeat(330)],
  ])('sends the person to show again who they are, and back to what they typed: %s', async (_, note) => {
    const { gateway, browser } = await signIn();
    const rule = { auth: { maxAgeMinutes: 5, acr: 'urn:strong' } };
    gateway.client.approvals = [sampleApproval({ rule })];
    gateway.client.answer = (decision) => ({
      ...{ approvalId: APPROVAL_ID, decisionId: decision.decisionId },
      ...(decision.authenticated?.acr === 'urn:strong'
        ? { outcome: 'applied', status: 'denied' }
        : { outcome: 'refused', reason: 'authentication_too_old' }),
    });
    const fields = formFields(await (await browser.get(CARD)).text(), 'deny');
    const refused = await browser.post(`${CARD}/decision`, { ...fields, note });
    const page = await refused.text();
    expect(refused.status).toBe(401);
    const [, href = ''] = /href="(\/inbox\/sign-in[^"]*)"/.exec(page) ?? [];
    const asked = await begin(browser, href.replaceAll('&amp;', '&').replace('/inbox/sign-in', ''));
    expect(asked).toMatchObject({ prompt: 'login', max_age: '300', acr_values: 'urn:strong' });

    issuer.says.idToken = await issuer.sign({ ...issuer.claims(asked.nonce!), acr: 'urn:strong' });
    expect((await back(browser, asked.state)).headers.get('location')).toBe(CARD);
    const isKept = note.length < 1_000;
    const again = await (isKept ? browser.get(CARD) : browser.post(`${CARD}/resume`, formFields(page)));
    const card = await again.text();
    expect(page.includes('/resume')).toBe(!isKept);
    expect(card).toContain(`>${note}</textarea>`);
    expect(card).toContain('You are signed in again. Nothing was decided yet');
    expect(await (await browser.get(CARD)).text()).not.toContain('Paid twice.');
    await browser.post(`${CARD}/decision`, { ...formFields(card, 'deny'), note });
    expect(gateway.client.decisions.at(-1)).toMatchObject({
      decision: 'deny',
      authenticated: { acr: 'urn:strong' },
    });
  });

  it('takes no sign-in that the provider did not make afresh', async () => {
    const gateway = gatewayWith();
    const browser = createBrowser(gateway);
    const { state, nonce = '' } = await begin(browser, '?max_age=300');
    const claims = issuer.claims(nonce);
    issuer.says.idToken = await issuer.sign({ ...claims, auth_time: Number(claims.iat) - 3_600 });
    expect((await back(browser, state)).status).toBe(403);
    expect(gateway.logged.find(({ event }) => event === 'sign_in.refused')?.fields).toMatchObject({
      reason: 'auth_time',
    });
  });
});

describe('a logout by the provider', () => {
  let claims: JWTPayload;
  beforeEach(() => {
    const { iss, aud, iat, exp, sub, sid } = issuer.claims('');
    claims = { iss, aud, iat, exp, sub, sid, jti: crypto.randomUUID(), events: EVENT } as JWTPayload;
  });
  const send = (gateway: ReturnType<typeof gatewayWith>, token: string) =>
    gateway.app.request('/inbox/sign-in/logout', {
      method: 'POST',
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      body: new URLSearchParams({ logout_token: token }).toString(),
    });

  it.each([
    ['one session', ({ sub: _, ...rest }: JWTPayload) => rest],
    ['all of a subject', ({ sid: _, ...rest }: JWTPayload) => rest],
  ])('ends %s at once, also on another gateway, and counts once', async (_what, of) => {
    const { browser } = await signIn();
    const other = await signIn((said) => ({ ...said, sub: 'u-9', sid: 's-9', email: 'mo@acme.example' }));
    expect((await browser.get('/inbox')).status).toBe(200);
    const token = await issuer.sign(of(claims), { typ: 'logout+jwt' });
    const gateway = gatewayWith();
    const answer = await send(gateway, token);
    expect([answer.status, answer.headers.get('cache-control')]).toEqual([200, 'no-store']);
    expect((await browser.get('/inbox')).status).toBe(302);
    expect((await other.browser.get('/inbox')).status).toBe(200);
    expect((await send(gateway, token)).status).toBe(400);
  });

  it.each<[string, (of: JWTPayload) => JWTPayload | Promise<string>]>([
    ['of another issuer', (of) => ({ ...of, iss: 'https://evil.example' })],
    ['for another application', (of) => ({ ...of, aud: 'other' })],
    ['that has expired', (of) => ({ ...of, exp: Number(of.iat) - 60 })],
    ['without an id', ({ jti: _, ...of }) => of],
    ['without a time', ({ iat: _, ...of }) => of],
    ['of nobody', ({ sub: _, sid: _1, ...of }) => of],
    ['that is no logout', ({ events: _, ...of }) => of],
    ['with a nonce, as ID tokens have one', (of) => ({ ...of, nonce: 'n' })],
    ['of another type', (of) => issuer.sign(of, { typ: 'at+jwt' })],
    ['without a signature', unsigned],
    ['signed by a stranger', byStranger],
  ])('ends nothing by a token %s', async (_what, lie) => {
    const { browser, gateway } = await signIn();
    const said = lie(claims);
    const answer = await send(gateway, await (said instanceof Promise ? said : issuer.sign(said)));
    expect([answer.status, await answer.json()]).toMatchObject([400, { error: 'invalid_request' }]);
    expect((await browser.get('/inbox')).status).toBe(200);
    expect(gateway.logged.map(({ event }) => event)).toContain('sign_in.logout_refused');
  });
});
