import { createHash } from 'node:crypto';

import { Hono, type Context } from 'hono';
import { z } from 'zod';

import { limitBody } from '../bodies/request-body.ts';
import type { GatewayEnv, GatewayParts } from '../gateway-env.ts';
import { dropCookie, readCookie, writeCookie } from '../inbox/cookies.ts';
import { readForm } from '../inbox/read-form.ts';
import { words } from '../inbox/strings/words.ts';
import { Problem } from '../problem.ts';
import type { Store } from '../../store/store.ts';
import { ATTEMPT_SECONDS, attemptCookie, createAttempts } from './attempt.ts';
import { enrol } from './enrol.ts';
import type { IdentityProvider, Wanted } from './identity-provider.ts';
import { SESSION_SECONDS } from './session.ts';
import { ProviderUnavailable, SignInRefused } from './sign-in-refused.ts';
import { revoked, SESSION_COOKIE } from './signed-in.ts';

const CALLBACK = '/inbox/sign-in/callback';
const LOGOUT_BYTES = 65_536;

const QuerySchema = z.object({
  to: z
    .string()
    .regex(/^\/inbox(\/passkeys|\/approvals\/[\w.-]+(\/record)?)?$/)
    .catch('/inbox'),
  max_age: z.coerce.number().int().min(0).max(31_536_000).optional().catch(undefined),
  acr: z
    .string()
    .regex(/^[\x21-\x7e]{1,200}$/)
    .optional()
    .catch(undefined),
});

/** Signing in at the identity provider: the way there, the way back, and what the provider ends. */
export function createOidcRoutes(
  parts: GatewayParts,
  provider: IdentityProvider,
  store: Store,
): Hono<GatewayEnv> {
  const { log, sessions, publicUrl } = parts;
  const attempts = createAttempts(parts);
  const app = new Hono<GatewayEnv>();

  app.get('/inbox/sign-in', async (c) => {
    const { url, attempt } = await told(
      c,
      provider.begin({ redirectUri: callbackOf(c).href, ...wantedBy(c) }),
    );
    const value = await attempts.seal(attempt);
    const cookie = { name: attemptCookie(attempt.state), value, seconds: ATTEMPT_SECONDS };
    // The way back begins at the provider's site, where a strict cookie would stay home.
    writeCookie(c, parts, { ...cookie, sameSite: 'Lax' });
    return c.redirect(url.href, 302);
  });

  app.get(CALLBACK, async (c) => {
    const name = attemptCookie(c.req.query('state') ?? '');
    const attempt = await attempts.open(readCookie(c, parts, name) ?? '');
    dropCookie(c, parts, name);
    if (attempt === null) throw refused(c, notBegunHere());
    const answer = new URL(`${callbackOf(c).href}${new URL(c.req.url).search}`);
    const identity = await told(c, provider.finish(answer, attempt));
    const id = await told(c, enrol(store, identity));
    const { tenant, authenticated, issuer, subject, session } = identity;
    const from = { issuer, subject, ...(session !== undefined && { session }) };
    const cookie = await sessions.start({ tenant, approver: { id }, authenticated, provider: from });
    if (cookie === null) throw refused(c, revoked());
    writeCookie(c, parts, { name: SESSION_COOKIE, value: cookie, seconds: SESSION_SECONDS });
    log('inbox.signed_in', { requestId: c.var.requestId, tenant, approver: id, by: 'oidc' });
    return c.redirect(attempt.to, 303);
  });

  /** OpenID Connect Back-Channel Logout 1.0: the provider itself calls, and no browser is there. */
  app.post('/inbox/sign-in/logout', limitBody(LOGOUT_BYTES), async (c) => {
    c.header('cache-control', 'no-store');
    try {
      const { tokenId, expiresAt, ...over } = await provider.readLogout(
        (await readForm(c.req)).get('logout_token') ?? '',
      );
      const used = `logout:${createHash('sha256').update(`${over.issuer} ${tokenId}`).digest('hex')}`;
      if (await store.links.wasUsed(used)) throw new SignInRefused('jti', 'The token was used before.');
      const ended = await store.sessions.endAtProvider(over);
      // Last, so that a token whose work failed can be sent again.
      await store.links.use(used, expiresAt + 60_000);
      log('inbox.signed_out_by_provider', {
        requestId: c.var.requestId,
        issuer: over.issuer,
        sessions: ended,
      });
      return c.body(null, 200);
    } catch (error) {
      if (!(error instanceof Problem) || error.status >= 500) throw error;
      const reason = error instanceof SignInRefused ? error.reason : error.type;
      log('sign_in.logout_refused', { requestId: c.var.requestId, reason });
      return c.json({ error: 'invalid_request', error_description: error.message }, 400);
    }
  });

  return app;

  function callbackOf(c: Context<GatewayEnv>): URL {
    return new URL(CALLBACK, publicUrl ?? new URL(c.req.url).origin);
  }

  function refused(c: Context<GatewayEnv>, problem: Problem): Problem {
    const reason = problem instanceof SignInRefused ? problem.reason : problem.type;
    log('sign_in.refused', { requestId: c.var.requestId, reason });
    return problem;
  }

  /** What goes wrong is in the log, too: whoever runs this must learn of a provider that lies. */
  async function told<T>(c: Context<GatewayEnv>, work: Promise<T>): Promise<T> {
    try {
      return await work;
    } catch (error) {
      const { requestId } = c.var;
      if (error instanceof ProviderUnavailable)
        log('sign_in.provider_unavailable', { requestId, message: wordsOf(error.cause) });
      else if (error instanceof Problem) throw refused(c, error);
      throw error;
    }
  }
}

function wantedBy(c: Context<GatewayEnv>): Omit<Wanted, 'redirectUri'> {
  const { to, max_age: maxAgeSeconds, acr } = QuerySchema.parse(c.req.query());
  const stepUp = { ...(maxAgeSeconds !== undefined && { maxAgeSeconds }), ...(acr !== undefined && { acr }) };
  return { to, ...(Object.keys(stepUp).length > 0 && { stepUp }) };
}

/** The network's own words: "fetch failed" says little, and its cause what happened. */
export function wordsOf(error: unknown): string {
  const messages: string[] = [];
  for (let cause = error; cause instanceof Error && messages.length < 4; cause = cause.cause)
    if (cause.message !== '') messages.push(cause.message);
  return messages.join(': ');
}

function notBegunHere(): SignInRefused {
  return new SignInRefused('state', words().signIn.notBegunHere);
}
