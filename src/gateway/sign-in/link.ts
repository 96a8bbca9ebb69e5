import type { Approver } from '../../contracts/approval/decision.ts';
import type { UsedLinks } from '../../store/sign-in/links.ts';
import { AUDIENCE, readSigned, sign, WhoSchema, type Secret, type Who } from './signed.ts';

/**
 * Signing in without an identity provider. A link carries a token for 10 minutes; the button behind it exchanges the token for a session.
 *
 *   fresh → used      by the button. With a store that is once for all gateways; without one each gateway remembers what it took
 *   fresh → too old   after 10 minutes
 */

const LINK_SECONDS = 10 * 60;

/**
 * A link that signs one person in to the inbox, once, within 10 minutes.
 *
 * @param link.baseUrl - where the browser reaches the gateway, such as `http://127.0.0.1:8080`.
 * @param link.sessionSecret - the gateway's.
 */
export async function createInboxLink(link: {
  sessionSecret: string;
  baseUrl: string;
  tenant: string;
  approver: Approver;
  clock?: () => number;
}): Promise<string> {
  const { sessionSecret, baseUrl, tenant, approver, clock = Date.now } = link;
  const who = WhoSchema.parse({ tenant, approver });
  const url = new URL('/inbox/login', baseUrl);
  url.searchParams.set('token', await sign({ sessionSecret, clock }, AUDIENCE.link, who, LINK_SECONDS));
  return url.href;
}

/** Reads sign-in links, and uses them up. */
export interface Links {
  /** Who a token is for, without using it; null when it is not good (any more). */
  read(token: string): Promise<Who | null>;
  /** Uses a token up: who it is for, or null when it is not good (any more). */
  use(token: string): Promise<Who | null>;
}

export function createLinks(secret: Secret, used: UsedLinks = usedHere(secret.clock)): Links {
  return {
    read: async (token) => {
      const claims = await readSigned(secret, AUDIENCE.link, token);
      return claims === null || (await used.wasUsed(claims.jti)) ? null : claims;
    },
    use: async (token) => {
      const claims = await readSigned(secret, AUDIENCE.link, token);
      return claims !== null && (await used.use(claims.jti, claims.exp * 1_000)) ? claims : null;
    },
  };
}

/** Links that this process has taken. */
function usedHere(clock: () => number): UsedLinks {
  const used = new Map<string, number>();
  return {
    use: (linkId, expiresAt) => {
      for (const [id, expiry] of used) if (expiry < clock()) used.delete(id);
      if (used.has(linkId)) return Promise.resolve(false);
      used.set(linkId, expiresAt);
      return Promise.resolve(true);
    },
    wasUsed: (linkId) => Promise.resolve(used.has(linkId)),
  };
}
