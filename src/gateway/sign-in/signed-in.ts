import type { Context, MiddlewareHandler } from 'hono';
import { html } from 'hono/html';

import type { GatewayEnv, GatewayParts } from '../gateway-env.ts';
import { readCookie } from '../inbox/cookies.ts';
import { page } from '../inbox/layout.ts';
import { words } from '../inbox/strings/words.ts';
import { Problem } from '../problem.ts';
import type { InboxSession } from './session.ts';

export const SESSION_COOKIE = 'countersign_session';

/** Who is there, and pages for those who are. */
export function createSignedIn(parts: GatewayParts): {
  sessionOf: (c: Context<GatewayEnv>) => Promise<InboxSession | null>;
  /** Lets through whoever is signed in, and leaves who it is in `c.var.session`. */
  signedIn: MiddlewareHandler<GatewayEnv>;
} {
  return { sessionOf, signedIn };

  async function sessionOf(c: Context<GatewayEnv>): Promise<InboxSession | null> {
    const cookie = readCookie(c, parts, SESSION_COOKIE);
    return cookie === undefined ? null : parts.sessions.read(cookie);
  }

  async function signedIn(c: Context<GatewayEnv>, next: () => Promise<void>): Promise<Response | undefined> {
    const session = await sessionOf(c);
    if (session !== null) {
      c.set('session', session);
      await next();
      return undefined;
    }
    if (c.req.method === 'GET' && c.req.header('sec-fetch-site') === 'cross-site') {
      // The session cookie stays home when somebody follows a link from a mail or a chat. From our own page it is sent.
      const { pathname } = new URL(c.req.url);
      return page(c, {
        title: words().frame.opening,
        body: html`<meta http-equiv="refresh" content="0; url=${pathname}" />
          <section class="card narrow">
            <p><a href="${pathname}">${words().frame.open}</a></p>
          </section>`,
      });
    }
    const { pathname } = new URL(c.req.url);
    if (c.req.method === 'GET' && parts.identityProvider !== null)
      return c.redirect(`/inbox/sign-in?to=${encodeURIComponent(pathname)}`, 302);
    throw notSignedIn(parts);
  }
}

export function notSignedIn({ identityProvider }: Pick<GatewayParts, 'identityProvider'>): Problem {
  return identityProvider === null
    ? new Problem('not-signed-in', words().signIn.needsLink, {
        headers: { 'www-authenticate': 'InboxLink' },
      })
    : new Problem('not-signed-in', words().signIn.goToInbox, {
        headers: { 'www-authenticate': 'InboxSignIn' },
      });
}

export function revoked(): Problem {
  return new Problem('revoked', words().signIn.revoked);
}
