import { createHash, createHmac, randomBytes, timingSafeEqual } from 'node:crypto';

import canonicalize from 'canonicalize';

import type { DecisionBody, DecisionKind } from '../../contracts/approval/decision.ts';
import type { UsedLinks } from '../../store/sign-in/links.ts';

/** What a passkey is touched for. The challenge follows from it, so a touch for one thing is worth nothing for another. */
export type Purpose = { tenant: string; person: string } & (
  | { for: 'registration' }
  | {
      for: 'decision';
      approvalId: string;
      decision: DecisionKind;
      /** Of the arguments that the person saw. */
      digest: string;
      /** Of what is given beside it: other arguments, a text, a note, a broken glass. */
      content: string | null;
      /** Later calls that it lets through, too. */
      grant: DecisionBody['grant'] | null;
    }
);

/** Time to look for the key in a drawer. */
const LIFE_MS = 10 * 60_000;

/**
 * A challenge for each page, without keeping it:
 *
 *   issued ──the page: nonce, end and our seal──▶ comes back ──whole, of this session, in time──▶ taken, once for all gateways
 *
 * The challenge itself never travels back on its own word: it is made again from what is sent with the touch.
 */
export interface Challenges {
  issue(purpose: Purpose, sessionId: string): { challenge: string; token: string };
  /** @returns the challenge that must have been signed; null for a token that is not ours, of another session, or too old. */
  expected(token: string, purpose: Purpose, sessionId: string): string | null;
  /** @returns false for one that was taken before. */
  take(token: string): Promise<boolean>;
}

export function createChallenges({
  sessionSecret,
  clock,
  links,
}: {
  sessionSecret: string;
  clock: () => number;
  links: UsedLinks;
}): Challenges {
  return {
    issue(purpose, sessionId) {
      const nonce = randomBytes(24).toString('base64url');
      const endsAt = String(clock() + LIFE_MS);
      const token = [nonce, endsAt, seal(nonce, endsAt, sessionId)].join('.');
      return { challenge: challengeOf(purpose, nonce), token };
    },

    expected(token, purpose, sessionId) {
      const [nonce = '', endsAt = '', given = ''] = token.split('.');
      const wanted = Buffer.from(seal(nonce, endsAt, sessionId));
      const isOurs = given.length === wanted.length && timingSafeEqual(Buffer.from(given), wanted);
      return isOurs && Number(endsAt) > clock() ? challengeOf(purpose, nonce) : null;
    },

    take(token) {
      const [nonce = '', endsAt = ''] = token.split('.');
      return links.use(`passkey:${nonce}`, Number(endsAt));
    },
  };

  function seal(nonce: string, endsAt: string, sessionId: string): string {
    const words = JSON.stringify(['passkey', nonce, endsAt, sessionId]);
    return createHmac('sha256', sessionSecret).update(words).digest('base64url');
  }
}

function challengeOf(purpose: Purpose, nonce: string): string {
  return createHash('sha256')
    .update(canonicalize({ ...purpose, nonce }) ?? '')
    .digest('base64url');
}
