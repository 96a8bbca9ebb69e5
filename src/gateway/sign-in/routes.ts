import { Hono } from 'hono';
import { html } from 'hono/html';

import { limitBody } from '../bodies/request-body.ts';
import type { GatewayEnv, GatewayParts } from '../gateway-env.ts';
import { dropCookie, writeCookie } from '../inbox/cookies.ts';
import { checkForm, checkLoginForm, startLoginForm } from '../inbox/csrf.ts';
import { page } from '../inbox/layout.ts';
import { loginPage } from '../inbox/login-page.ts';
import { readForm } from '../inbox/read-form.ts';
import { words } from '../inbox/strings/words.ts';
import { Problem } from '../problem.ts';
import { createLinks } from './link.ts';
import { SESSION_SECONDS } from './session.ts';
import { createOidcRoutes } from './oidc-routes.ts';
import { createSignedIn, notSignedIn, revoked, SESSION_COOKIE } from './signed-in.ts';

/** Coming in, and going out. */
export function createSignInRoutes(parts: GatewayParts): Hono<GatewayEnv> {
  const { clock, log, maximumBodyBytes, sessions, store, identityProvider } = parts;
  const links = createLinks(parts, store?.links);
  const { signedIn } = createSignedIn(parts);
  const app = new Hono<GatewayEnv>();

  app.get('/inbox/login', async (c) => {
    const token = c.req.query('token') ?? '';
    const wanted = await links.read(token);
    if (wanted === null) throw linkUsedUp();
    const body = loginPage(wanted, startLoginForm(c, parts), token);
    return page(c, { title: words().signIn.title, body });
  });

  app.post('/inbox/login', limitBody(maximumBodyBytes), async (c) => {
    const form = await readForm(c.req);
    checkLoginForm(c, parts, form);
    const who = await links.use(form.get('token') ?? '');
    if (who === null) throw linkUsedUp();
    const { tenant, approver } = who;
    const authenticated = { by: 'link', at: new Date(clock()).toISOString() } as const;
    const cookie = await sessions.start({ tenant, approver, authenticated });
    if (cookie === null) throw revoked();
    writeCookie(c, parts, { name: SESSION_COOKIE, value: cookie, seconds: SESSION_SECONDS });
    log('inbox.signed_in', { requestId: c.var.requestId, tenant, approver: approver.id, by: 'link' });
    return c.redirect('/inbox', 303);
  });

  app.post('/inbox/logout', signedIn, limitBody(maximumBodyBytes), async (c) => {
    const { session } = c.var;
    checkForm(c, parts, await readForm(c.req), session.sessionId);
    await sessions.end(session);
    dropCookie(c, parts, SESSION_COOKIE);
    log('inbox.signed_out', {
      requestId: c.var.requestId,
      tenant: session.tenant,
      approver: session.approver.id,
    });
    return page(c, {
      title: words().signIn.signedOut,
      body: html`<section class="card narrow">
        <h1>${words().signIn.signedOut}</h1>
        ${
          identityProvider === null
            ? html`<p>${words().signIn.newLink}</p>`
            : html`<p><a href="/inbox/sign-in">${words().signIn.again}</a></p>`
        }
      </section>`,
    });
  });

  if (identityProvider !== null && store !== null) {
    app.route('/', createOidcRoutes(parts, identityProvider, store));
  } else {
    app.get('/inbox/sign-in', () => {
      throw notSignedIn(parts);
    });
  }
  return app;
}

function linkUsedUp(): Problem {
  return new Problem('not-signed-in', words().signIn.linkUsedUp);
}
