import { attestedContentOf } from '../../contracts/approval/attest.ts';
import type { AnyApproval } from '../../contracts/approval/approval.ts';
import type { DecisionBody } from '../../contracts/approval/decision.ts';
import type { GatewayParts } from '../gateway-env.ts';
import type { Html } from '../inbox/html.ts';
import { words } from '../inbox/strings/words.ts';
import type { InboxSession } from '../sign-in/session.ts';
import { createChallenges, type Purpose } from './challenge.ts';
import { relyingPartyOf } from './relying-party.ts';
import { touchPage } from './touch-page.ts';
import { readTouch } from './verify.ts';

/** A passkey touched for one decision. */
export interface Touches {
  /** The page that asks for it, with the decision as it was sent. */
  page(
    session: InboxSession,
    approval: AnyApproval,
    body: DecisionBody,
    form: URLSearchParams,
  ): Promise<Html>;
  /** Whether one of theirs was touched for exactly this decision, and now for the first time. */
  isGiven(
    session: InboxSession,
    approvalId: string,
    body: DecisionBody,
    form: URLSearchParams,
  ): Promise<boolean>;
}

export function createTouches({ store, publicUrl, sessionSecret, clock }: GatewayParts): Touches {
  const party = relyingPartyOf(publicUrl);
  const challenges = store && createChallenges({ sessionSecret, clock, links: store.links });

  return {
    async page(session, approval, body, form) {
      const shown = { approval, form };
      if (store === null || challenges === null)
        return touchPage({ ...shown, problem: words().passkeys.problems.store });
      if ('problem' in party)
        return touchPage({ ...shown, problem: words().passkeys.problems[party.problem] });
      const passkeys = await store.passkeys.list(session.tenant, session.approver.id);
      if (passkeys.length === 0) return touchPage(shown);
      const { sessionId } = session;
      const { challenge, token } = challenges.issue(purposeOf(session, approval.approvalId, body), sessionId);
      const allowCredentials = passkeys.map(({ credentialId: id, transports }) => {
        return { type: 'public-key' as const, id, transports };
      });
      const get = { challenge, rpId: party.id, allowCredentials, ...WITH_PIN };
      return touchPage({ ...shown, asked: { get }, token });
    },

    async isGiven(session, approvalId, body, form) {
      if (store === null || challenges === null || 'problem' in party) return false;
      const token = form.get('token') ?? '';
      const { tenant, approver, sessionId } = session;
      const challenge = challenges.expected(token, purposeOf(session, approvalId, body), sessionId);
      if (challenge === null) return false;
      const passkeys = await store.passkeys.list(tenant, approver.id);
      const touch = await readTouch(form.get('touch') ?? '', party, challenge, passkeys);
      if (touch === null || !(await challenges.take(token))) return false;
      return store.passkeys.use(tenant, touch.credentialId, touch.counter);
    },
  };
}

/** A fingerprint or a PIN beside the touch. */
const WITH_PIN = { userVerification: 'required', timeout: 300_000 } as const;

function purposeOf({ tenant, approver }: InboxSession, approvalId: string, body: DecisionBody): Purpose {
  const { decision, argumentsDigest = '' } = body;
  return {
    ...{ for: 'decision', tenant, person: approver.id, approvalId, decision, digest: argumentsDigest },
    content: attestedContentOf(body) ?? null,
    grant: body.grant ?? null,
  };
}
