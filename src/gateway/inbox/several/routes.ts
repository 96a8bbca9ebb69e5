import { Hono } from 'hono';

import { limitBody } from '../../bodies/request-body.ts';
import type { GatewayEnv, GatewayParts } from '../../gateway-env.ts';
import type { InboxSession } from '../../sign-in/session.ts';
import { createSignedIn } from '../../sign-in/signed-in.ts';
import { takeDecision } from '../../take-decision.ts';
import { checkForm, csrfToken } from '../csrf.ts';
import { page } from '../layout.ts';
import { readWaiting } from '../list/view.ts';
import { readForm } from '../read-form.ts';
import { answerPage, type Answered, type CameOf } from './answer-page.ts';
import { severalPage } from './page.ts';
import { NONE, readChosen, type Chosen } from './read-chosen.ts';
import { createSeveralReader, inTurns, MOST_AT_ONCE } from './read-several.ts';
import { whyAlone, type BatchDecision } from './why-alone.ts';
import { words } from '../strings/words.ts';

/** Twenty choices, each with its ids and digest, and the filters of the list. */
const FORM_BYTES = 65_536;
/** So many decisions are under way at a time: without a worker each takes three seconds. */
const DECISIONS = 10;

/** Several approvals of a list, decided by one form. Each is decided by itself, exactly as one on its own card. */
export function createInboxSeveralRoutes(parts: GatewayParts): Hono<GatewayEnv> {
  const { lists, clock, log, sessionSecret } = parts;
  const { signedIn } = createSignedIn(parts);
  const reader = createSeveralReader(parts);
  const app = new Hono<GatewayEnv>();
  const csrfOf = ({ sessionId }: InboxSession) => csrfToken(sessionSecret, sessionId);

  app.get('/inbox/several', signedIn, async (c) => {
    const { session, hold } = c.var;
    const candidates = await reader.candidatesOf(session, readWaiting(c.req.query(), lists.hasIndex), {
      hold,
    });
    const csrf = csrfOf(session);
    const body = severalPage(candidates, { csrf, nowMs: clock() });
    return page(c, { title: words().several.title, body, csrf });
  });

  app.post('/inbox/several', signedIn, limitBody(FORM_BYTES), async (c) => {
    const { session, requestId, hold } = c.var;
    const form = await readForm(c.req);
    checkForm(c, parts, form, session.sessionId);
    const { decision, chosen } = readChosen(form);
    const asked = Object.fromEntries(new URLSearchParams(form.get('list') ?? ''));
    const shown = readWaiting(asked, lists.hasIndex);
    const csrf = csrfOf(session);
    if (decision === NONE || chosen.length === 0) {
      const candidates = await reader.candidatesOf(session, shown, { hold });
      const { several } = words();
      const message = chosen.length === 0 ? several.notTicked(MOST_AT_ONCE) : several.notPressed;
      const body = severalPage(candidates, { csrf, nowMs: clock(), message, ticked: chosen });
      return page(c, { title: words().several.title, body, csrf, status: 422 });
    }
    const ids = chosen.map(({ approvalId }) => approvalId);
    const approvals = await reader.approvalsOf(session, ids, { hold });
    const answered = await inTurns(
      [...chosen.entries()],
      DECISIONS,
      async ([index, one]): Promise<Answered> => {
        const approval = approvals[index] ?? null;
        return {
          chosen: one,
          approval,
          cameOf: await decide(session, one, { approval, decision, requestId }),
        };
      },
    );
    return page(c, {
      title: words().several.answers,
      body: answerPage(answered, { decision, shown, csrf }),
      csrf,
    });
  });

  /** One of them never keeps the others from being decided. */
  async function decide(
    { tenant, approver, authenticated }: InboxSession,
    { approvalId, decisionId, argumentsDigest }: Chosen,
    {
      approval,
      decision,
      requestId,
    }: Pick<Answered, 'approval'> & { decision: BatchDecision; requestId: string },
  ): Promise<CameOf> {
    if (approval === null) return { is: 'missing' };
    // What is settled says so itself, also to a form that is sent twice.
    const why = approval.status === 'pending' ? whyAlone(approval, approver, clock(), decision) : null;
    if (why !== null) return { is: 'alone', why };
    try {
      const answer = await takeDecision(parts, {
        ...{ tenant, approvalId, approver, authenticated, source: 'inbox', requestId },
        body: { decision, decisionId, argumentsDigest },
      });
      return answer === null ? { is: 'missing' } : { is: 'answered', answer };
    } catch (error) {
      log('decision.unanswered', { requestId, tenant, approvalId, decisionId, error: String(error) });
      return { is: 'unknown' };
    }
  }

  return app;
}
