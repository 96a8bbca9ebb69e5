import { Hono, type Context } from 'hono';
import { createMiddleware } from 'hono/factory';

import type { GatewayEnv, GatewayParts } from '../../gateway-env.ts';
import { followApproval, followList } from '../../live/follow.ts';
import { LIST_BYTES, TURN_BYTES } from '../../memory.ts';
import { Problem, problemResponse } from '../../problem.ts';
import type { InboxSession } from '../../sign-in/session.ts';
import { SESSION_COOKIE } from '../../sign-in/signed-in.ts';
import { createCardReader } from '../card/read-card.ts';
import { cardPage } from '../card-page.ts';
import { readCookie } from '../cookies.ts';
import { csrfToken } from '../csrf.ts';
import type { Html } from '../html.ts';
import { createListReader } from '../list/read-list.ts';
import { listPage } from '../list/page.ts';
import { sayLanguage } from '../strings/choice.ts';

/**
 * What pages ask for by themselves: streams that say that there is news, and the parts of a page as they are now. None of it counts as use
 * of a session. Who is signed out is told so, and led nowhere.
 */
export function createInboxLiveRoutes(parts: GatewayParts): Hono<GatewayEnv> {
  const { sessions, sessionSecret, clock, live, lists } = parts;
  const cards = createCardReader(parts);
  const readList = createListReader(parts);
  const app = new Hono<GatewayEnv>();
  const cookieOf = (c: Context<GatewayEnv>) => readCookie(c, parts, SESSION_COOKIE) ?? '';

  const present = createMiddleware<GatewayEnv>(async (c, next) => {
    const session = await sessions.read(cookieOf(c), { isUse: false });
    if (session === null)
      return problemResponse(c, new Problem('not-signed-in', 'Sign in again to see what is new.'));
    c.set('session', session);
    return next();
  });

  const streamOf = (c: Context<GatewayEnv>) => {
    const { session } = c.var;
    const { tenant, approver } = session;
    const ticket = { cookie: cookieOf(c), session };
    return { owner: { tenant, id: approver.id }, guard: live.sessions, ticket };
  };

  app.get('/inbox/events', present, (c) => {
    const { news } = live;
    // A browser asks no more after a 204; the page looks now and then instead.
    if (news === null) return c.body(null, 204);
    const lastId = c.req.header('last-event-id');
    const { tenant } = c.var.session;
    return live.streams.open(c, {
      ...streamOf(c),
      follow: ({ tell }) => followList(news, tenant, { lastId, tell }),
    });
  });

  app.get('/inbox/parts', present, async (c) => {
    const { session } = c.var;
    await c.var.hold(lists.hasIndex ? TURN_BYTES : LIST_BYTES);
    const list = await readList(session, c.req.query());
    return answer(c, list.live.etag, () => listPage(list, clock()));
  });

  app.get('/inbox/approvals/:approvalId/events', present, async (c) => {
    const { approvalId } = await cards.approvalOf(c.var.session, c.req.param('approvalId'));
    const lastId = c.req.header('last-event-id');
    const { tenant } = c.var.session;
    return live.streams.open(c, {
      ...streamOf(c),
      follow: (listener) => followApproval(live, { tenant, approvalId, lastId }, listener),
    });
  });

  app.get('/inbox/approvals/:approvalId/parts', present, async (c) => {
    const { session } = c.var;
    await c.var.hold(TURN_BYTES);
    const sent = c.req.query('sent');
    const card = await cards.partsOf(
      session,
      await cards.approvalOf(session, c.req.param('approvalId')),
      sent,
    );
    const csrf = csrfOf(session);
    return answer(c, card.live.etag, () => cardPage({ ...card, csrf, sent, nowMs: clock() }));
  });

  function csrfOf({ sessionId }: InboxSession): string {
    return csrfToken(sessionSecret, sessionId);
  }

  return app;
}

/** The parts of a page, unless the page has them. */
function answer(c: Context<GatewayEnv>, etag: string, render: () => Html): Response | Promise<Response> {
  c.header('etag', etag);
  sayLanguage(c);
  c.header('cache-control', 'no-store');
  c.header('content-security-policy', "default-src 'none'; sandbox");
  // A proxy that compresses makes a weak one of it.
  const known = c.req.header('if-none-match')?.replace(/^W\//, '');
  return known === etag ? c.body(null, 304) : c.html(render());
}
