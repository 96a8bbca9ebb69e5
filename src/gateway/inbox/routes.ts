import { Hono, type Context } from 'hono';
import { createMiddleware } from 'hono/factory';

import type { AnyApproval, AnyShownApproval } from '../../contracts/approval/approval.ts';
import { titleOf } from '../../contracts/approval/presented.ts';
import type { DecisionBody } from '../../contracts/approval/decision.ts';
import type { AuthRule } from '../../contracts/approval/rule.ts';
import { isApprovalId } from '../../contracts/ids.ts';
import { takeDecision } from '../take-decision.ts';
import type { GatewayEnv, GatewayParts } from '../gateway-env.ts';
import { LIST_BYTES } from '../memory.ts';
import { Problem } from '../problem.ts';
import { approvalNotFound } from '../receipt-problem.ts';
import { limitBody } from '../bodies/request-body.ts';
import { createCardReader } from './card/read-card.ts';
import { previewOf } from './card/preview.ts';
import { readSaid } from './card/read-said.ts';
import { cardPage, type CardPage } from './card-page.ts';
import { browserName, checkForm, csrfToken, nameBrowser } from './csrf.ts';
import { keepDraft, takeDraft } from './draft-cookie.ts';
import { createDrafts, type Typed } from './drafts.ts';
import { readDecisionForm, readForm, typedText } from './read-form.ts';
import type { FailedForm } from './decision-forms.ts';
import { page } from './layout.ts';
import { listPage, titleOfList } from './list/page.ts';
import { createListReader } from './list/read-list.ts';
import { createInboxLiveRoutes } from './live/routes.ts';
import { LIVE_CARD, LIVE_LIST } from './live/scripts.ts';
import { refusalOf } from './refusal.ts';
import { createInboxSeveralRoutes } from './several/routes.ts';
import { words } from './strings/words.ts';
import { signInAgainPage } from './sign-in-again-page.ts';
import { TOUCHING } from '../passkeys/script.ts';
import { createTouches } from '../passkeys/touches.ts';
import type { InboxSession } from '../sign-in/session.ts';
import { createSignedIn, notSignedIn } from '../sign-in/signed-in.ts';

/** Of a form that nobody is signed in for: room for an edit, and little for anybody else. */
const DRAFT_BYTES = 131_072;

/** The inbox's pages. A GET only shows; every change is a form with a token, sent from one of these pages. */
export function createInboxRoutes(parts: GatewayParts): Hono<GatewayEnv> {
  const { clock, sessionSecret, maximumBodyBytes } = parts;
  const cards = createCardReader(parts);
  const readList = createListReader(parts);
  const { sessionOf, signedIn } = createSignedIn(parts);
  const drafts = createDrafts(sessionSecret, clock);
  const touches = createTouches(parts);
  const app = new Hono<GatewayEnv>();
  const csrfOf = ({ sessionId }: InboxSession) => csrfToken(sessionSecret, sessionId);

  /** A decision that comes when the session is gone costs nobody their words: the answer keeps them, and leads back to the card. */
  const keepTyped = createMiddleware<GatewayEnv>(async (c, next) => {
    if ((await sessionOf(c)) !== null) return next();
    const approvalId = c.req.param('approvalId') ?? '';
    if (!isApprovalId(approvalId)) throw notSignedIn(parts);
    return limitBody(DRAFT_BYTES)(c, async () => {
      c.res = await askToSignInAgain(c, approvalId, typedText(await readForm(c.req)));
    });
  });

  app.route('/', createInboxLiveRoutes(parts));
  app.route('/', createInboxSeveralRoutes(parts));
  app.get('/', (c) => c.redirect('/inbox', 302));

  app.get('/inbox', signedIn, async (c) => {
    const { session } = c.var;
    await c.var.hold(LIST_BYTES);
    const list = await readList(session, c.req.query());
    const body = listPage(list, clock());
    return page(c, {
      title: titleOfList(list),
      body,
      csrf: csrfOf(session),
      script: LIVE_LIST,
      isLive: true,
    });
  });

  app.get('/inbox/approvals/:approvalId', signedIn, async (c) => {
    const { session } = c.var;
    const approval = await cards.approvalOf(session, c.req.param('approvalId'));
    const draft = takeDraft(c, parts, approval.approvalId);
    const typed = draft && (await drafts.open(draft, approval.approvalId, browserName(c, parts) ?? ''));
    const failed = typed ? resumed(approval, typed) : undefined;
    return showCard(c, approval, { sent: c.req.query('sent'), failed });
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
        return showCard(c, await cards.approvalOf(session, approvalId), { failed, status });
      };
      const lookAtChange = async ({ arguments: change, argumentsDigest: seen }: DecisionBody) => {
        const approval = await cards.approvalOf(session, approvalId);
        return showCard(c, approval, { failed: previewOf(approval, typedText(form), { change, seen }) });
      };
      const read = readDecisionForm(form);
      if (!read.ok) return showAgain(read.failed, 422);
      if (!isApprovalId(approvalId)) throw approvalNotFound();
      const askForTouch = async () => {
        const approval = await cards.approvalOf(session, approvalId);
        const body = await touches.page(session, approval, read.body, form);
        return page(c, { title: approval.tool, body, csrf: csrfOf(session), script: TOUCHING });
      };
      if (form.get('look') === 'change') return lookAtChange(read.body);
      if (form.get('passkey') === 'ask') return askForTouch();
      const { tenant, approver } = session;
      const { requestId } = c.var;
      const isSent = form.get('passkey') === 'given';
      const isTouched = isSent && (await touches.isGiven(session, approvalId, read.body, form));
      const authenticated = { ...session.authenticated, ...(isTouched && { passkey: true as const }) };
      const answer = await takeDecision(parts, {
        tenant,
        approvalId,
        approver,
        authenticated,
        source: 'inbox',
        body: read.body,
        requestId,
      });
      if (answer === null || answer.outcome === 'unknown') throw approvalNotFound();
      if (answer.outcome === 'refused') {
        if (answer.reason === 'authentication_too_old' && isSent && !isTouched)
          return showAgain({ ...typedText(form), errors: [], message: words().passkeys.notTouched }, 403);
        if (answer.reason === 'authentication_too_old' && parts.identityProvider !== null) {
          const { rule } = await cards.approvalOf(session, approvalId);
          const why = words().signIn.mustShow;
          return askToSignInAgain(c, approvalId, typedText(form), { auth: rule?.auth, why });
        }
        const { status, ...refusal } = refusalOf(answer);
        return showAgain({ ...typedText(form), ...refusal }, status);
      }
      if (answer.outcome === 'reused')
        return showAgain({ ...typedText(form), errors: [], message: words().refused.reused }, 422);
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
    const approval = await cards.approvalOf(session, approvalId);
    return showCard(c, approval, { failed: resumed(approval, typed) });
  });

  async function showCard(
    c: Context<GatewayEnv>,
    approval: AnyShownApproval,
    { status, ...shown }: Pick<CardPage, 'sent' | 'failed'> & { status?: 403 | 409 | 413 | 422 },
  ) {
    const { session } = c.var;
    const csrf = csrfOf(session);
    const [said, card] = await Promise.all([
      readSaid({ ...parts, hold: c.var.hold }, session.tenant, approval),
      cards.partsOf(session, approval, shown.sent),
    ]);
    const body = cardPage({ ...shown, ...card, csrf, said, nowMs: clock() });
    return page(c, {
      title: titleOf(approval),
      body,
      csrf,
      script: LIVE_CARD,
      isLive: true,
      ...(status && { status }),
    });
  }

  async function askToSignInAgain(
    c: Context<GatewayEnv>,
    approvalId: string,
    typed: Typed,
    { auth, why }: { auth?: AuthRule | undefined; why?: string } = {},
  ) {
    const browserId = nameBrowser(c, parts);
    const draft = await drafts.seal({ typed, approvalId, browserId });
    const csrf = csrfToken(sessionSecret, browserId);
    const isKept = parts.identityProvider !== null && keepDraft(c, parts, { approvalId, draft });
    const body = signInAgainPage({
      ...{ approvalId, typed, draft, csrf, isKept },
      ...{ why, signIn: parts.identityProvider === null ? null : signInAddress(approvalId, auth) },
    });
    return page(c, { title: words().signIn.again, body, status: 401 });
  }

  return app;
}

/** The form as it was filled in. */
function resumed({ status }: AnyApproval, typed: Typed): FailedForm {
  const { signIn } = words();
  const message = status === 'pending' ? signIn.resumed : signIn.settledMeanwhile;
  return { ...typed, errors: [], message };
}

/** Back to the card, by a sign-in as recent and as strong as its policy asks for. */
function signInAddress(approvalId: string, { maxAgeMinutes, acr }: AuthRule = {}): string {
  const query = new URLSearchParams({
    to: `/inbox/approvals/${approvalId}`,
    ...(maxAgeMinutes !== undefined && { max_age: String(Math.floor(maxAgeMinutes * 60)) }),
    ...(acr !== undefined && { acr }),
  });
  return `/inbox/sign-in?${query.toString()}`;
}

function draftLost(): Problem {
  return new Problem('not-signed-in', words().signIn.draftLost);
}
