import { Hono, type Context } from 'hono';
import { createMiddleware } from 'hono/factory';
import { html } from 'hono/html';

import { isApprovalId } from '../../contracts/ids.ts';
import { takeDecision } from '../take-decision.ts';
import type { GatewayEnv, GatewayParts } from '../gateway-env.ts';
import { LIST_BYTES } from '../memory.ts';
import { Problem } from '../problem.ts';
import { approvalNotFound } from '../receipt-problem.ts';
import { limitBody } from '../bodies/request-body.ts';
import { cardPage } from './card-page.ts';
import { dropCookie, readCookie, writeCookie } from './cookies.ts';
import { browserName, checkForm, checkLoginForm, csrfToken, nameBrowser, startLoginForm } from './csrf.ts';
import { createDrafts, type Typed } from './drafts.ts';
import { readDecisionForm, typedText } from './read-form.ts';
import type { FailedForm } from './decision-forms.ts';
import { page } from './layout.ts';
import { listPage } from './list-page.ts';
import { loginPage } from './login-page.ts';
import { FORM_REUSED, refusalOf } from './refusal.ts';
import { signInAgainPage } from './sign-in-again-page.ts';
import { createSessions, SESSION_SECONDS, type InboxSession } from './session.ts';

const SESSION_COOKIE = 'countersign_session';
const LIST_LIMIT = 100;
/** Of a form that nobody is signed in for: room for an edit, and little for anybody else. */
const DRAFT_BYTES = 131_072;

/** The inbox's pages. A GET only shows; every change is a form with a token, sent from one of these pages. */
export function createInboxRoutes(parts: GatewayParts): Hono<GatewayEnv> {
  const { client, clock, log, sessionSecret, maximumBodyBytes } = parts;
  const sessions = createSessions(sessionSecret, clock);
  const drafts = createDrafts(sessionSecret, clock);
  const app = new Hono<GatewayEnv>();
  const csrfOf = ({ sessionId }: InboxSession) => csrfToken(sessionSecret, sessionId);

  const signedIn = createMiddleware<GatewayEnv>(async (c, next) => {
    const session = await sessionOf(c);
    if (session !== null) {
      c.set('session', session);
      return next();
    }
    if (c.req.method === 'GET' && c.req.header('sec-fetch-site') === 'cross-site') {
      // The session cookie stays home when somebody follows a link from a mail or a chat. From our own page it is sent.
      const { pathname } = new URL(c.req.url);
      return page(c, {
        title: 'Opening',
        body: html`<meta http-equiv="refresh" content="0; url=${pathname}" />
          <section class="card narrow">
            <p><a href="${pathname}">Open the inbox</a></p>
          </section>`,
      });
    }
    throw notSignedIn();
  });

  /** A decision that comes when the session is gone costs nobody their words: the answer keeps them, and leads back to the card. */
  const keepTyped = createMiddleware<GatewayEnv>(async (c, next) => {
    if ((await sessionOf(c)) !== null) return next();
    const approvalId = c.req.param('approvalId') ?? '';
    if (!isApprovalId(approvalId)) throw notSignedIn();
    return limitBody(DRAFT_BYTES)(c, async () => {
      c.res = await askToSignInAgain(c, approvalId, typedText(await readForm(c.req)));
    });
  });

  app.get('/', (c) => c.redirect('/inbox', 302));

  app.get('/inbox/login', async (c) => {
    const token = c.req.query('token') ?? '';
    const wanted = await sessions.readLink(token);
    if (wanted === null) throw linkUsedUp();
    const body = loginPage(wanted, startLoginForm(c, parts), token);
    return page(c, { title: 'Sign in', body });
  });

  app.post('/inbox/login', limitBody(maximumBodyBytes), async (c) => {
    const form = await readForm(c.req);
    checkLoginForm(c, parts, form);
    const cookie = await sessions.redeemLink(form.get('token') ?? '');
    if (cookie === null) throw linkUsedUp();
    writeCookie(c, parts, { name: SESSION_COOKIE, value: cookie, seconds: SESSION_SECONDS });
    log('inbox.signed_in', { requestId: c.var.requestId });
    return c.redirect('/inbox', 303);
  });

  app.post('/inbox/logout', signedIn, limitBody(maximumBodyBytes), async (c) => {
    checkForm(c, parts, await readForm(c.req), c.var.session.sessionId);
    dropCookie(c, parts, SESSION_COOKIE);
    return page(c, {
      title: 'Signed out',
      body: html`<section class="card narrow">
        <h1>Signed out</h1>
        <p>A new sign-in link brings you back.</p>
      </section>`,
    });
  });

  app.get('/inbox', signedIn, async (c) => {
    const { session } = c.var;
    await c.var.hold(LIST_BYTES);
    const pending = await client.listPending(session.tenant, LIST_LIMIT);
    return page(c, { title: 'Inbox', body: listPage(pending, clock()), csrf: csrfOf(session) });
  });

  app.get('/inbox/approvals/:approvalId', signedIn, async (c) => {
    const { session } = c.var;
    const approval = await readApproval(session, c.req.param('approvalId'));
    const csrf = csrfOf(session);
    const { approver } = session;
    const body = cardPage({ approval, approver, csrf, nowMs: clock(), sent: c.req.query('sent') });
    return page(c, { title: approval.tool, body, csrf });
  });

  app.post(
    '/inbox/approvals/:approvalId/decision',
    keepTyped,
    signedIn,
    limitBody(maximumBodyBytes),
    async (c) => {
      const { session } = c.var;
      const approvalId = c.req.param('approvalId');
      const form = await readForm(c.req);
      checkForm(c, parts, form, session.sessionId);

      const showAgain = async (failed: FailedForm, status: 403 | 409 | 413 | 422) => {
        const approval = await readApproval(session, approvalId);
        const csrf = csrfOf(session);
        const body = cardPage({ approval, approver: session.approver, csrf, nowMs: clock(), failed });
        return page(c, { title: approval.tool, body, csrf, status });
      };
      const read = readDecisionForm(form);
      if (!read.ok) return showAgain(read.failed, 422);
      if (!isApprovalId(approvalId)) throw approvalNotFound();
      const { tenant, approver } = session;
      const { requestId } = c.var;
      const answer = await takeDecision(parts, {
        tenant,
        approvalId,
        approver,
        source: 'inbox',
        body: read.body,
        requestId,
      });
      if (answer === null || answer.outcome === 'unknown') throw approvalNotFound();
      if (answer.outcome === 'refused') {
        const { status, ...refusal } = refusalOf(answer);
        return showAgain({ ...typedText(form), ...refusal }, status);
      }
      if (answer.outcome === 'reused') return showAgain({ ...typedText(form), ...FORM_REUSED }, 422);
      // The card tells what became of it from the approval itself, so this address holds nothing one could forge.
      return c.redirect(`/inbox/approvals/${approvalId}?sent=${encodeURIComponent(answer.decisionId)}`, 303);
    },
  );

  app.post('/inbox/approvals/:approvalId/resume', limitBody(maximumBodyBytes), async (c) => {
    const approvalId = c.req.param('approvalId');
    const form = await readForm(c.req);
    const browserId = browserName(c, parts) ?? '';
    checkForm(c, parts, form, browserId);
    const typed = await drafts.open(form.get('draft') ?? '', approvalId, browserId);
    const session = await sessionOf(c);
    if (typed === null) throw draftLost();
    if (session === null) return askToSignInAgain(c, approvalId, typed);
    c.set('session', session);
    const approval = await readApproval(session, approvalId);
    const csrf = csrfOf(session);
    const { approver } = session;
    const message =
      'You are signed in again. Nothing was decided yet: what you wrote is below, ready to be sent.';
    const failed = { ...typed, errors: [], message };
    return page(c, {
      title: approval.tool,
      body: cardPage({ approval, approver, csrf, nowMs: clock(), failed }),
      csrf,
    });
  });

  async function sessionOf(c: Context<GatewayEnv>): Promise<InboxSession | null> {
    const cookie = readCookie(c, parts, SESSION_COOKIE);
    return cookie === undefined ? null : sessions.readSession(cookie);
  }

  async function askToSignInAgain(c: Context<GatewayEnv>, approvalId: string, typed: Typed) {
    const browserId = nameBrowser(c, parts);
    const draft = await drafts.seal({ typed, approvalId, browserId });
    const csrf = csrfToken(sessionSecret, browserId);
    const body = signInAgainPage({ approvalId, typed, draft, csrf });
    return page(c, { title: 'Sign in again', body, status: 401 });
  }

  async function readApproval({ tenant }: InboxSession, approvalId: string) {
    const known = isApprovalId(approvalId);
    const approval = known ? await client.getApproval(tenant, approvalId) : null;
    if (approval === null) throw approvalNotFound();
    return approval;
  }

  return app;
}

async function readForm(request: { header(name: string): string | undefined; text(): Promise<string> }) {
  if (!/^application\/x-www-form-urlencoded(?:\s*;.*)?$/i.test(request.header('content-type') ?? '')) {
    throw new Problem('unsupported-media-type', 'The inbox accepts only its own forms.');
  }
  return new URLSearchParams(await request.text());
}

function notSignedIn(): Problem {
  const message = 'Open a new sign-in link. Whoever runs this gateway can send you one.';
  return new Problem('not-signed-in', message, { headers: { 'www-authenticate': 'InboxLink' } });
}

function draftLost(): Problem {
  return new Problem('not-signed-in', 'Drafts are kept for an hour, in one browser. Open the card again.');
}

function linkUsedUp(): Problem {
  return new Problem(
    'not-signed-in',
    'This sign-in link was used before, is older than ten minutes, or is incomplete.',
  );
}
