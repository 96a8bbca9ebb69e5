import { randomUUID } from 'node:crypto';

import { jwtVerify, SignJWT } from 'jose';
import { z } from 'zod';

import { ApproverSchema, type Approver } from '../../contracts/approval/decision.ts';
import { TenantSchema } from '../api-keys.ts';

/**
 * Signing in to the inbox. A link carries a sign-in token (10 minutes); the button behind it exchanges the token for a
 * session cookie (12 hours). Both are signed with the session secret and say who the approver is, so the gateway keeps no
 * sessions and any of several may answer.
 *
 * The limit of that: "used once" is remembered by the process that took the token. With several gateways a link that leaks
 * within its 10 minutes could be used once at each of them.
 */

const LINK_SECONDS = 10 * 60;
export const SESSION_SECONDS = 12 * 60 * 60;

const AUDIENCE = { link: 'countersign:inbox-link', session: 'countersign:inbox-session' } as const;

const ClaimsSchema = z.object({
  jti: z.string().min(1),
  exp: z.number(),
  tenant: TenantSchema,
  approver: ApproverSchema,
});

/** Who is signed in. */
export interface InboxSession {
  sessionId: string;
  tenant: string;
  approver: Approver;
}

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
  const claims = z.object({ tenant: TenantSchema, approver: ApproverSchema }).parse({ tenant, approver });
  const token = await signed(sessionSecret, AUDIENCE.link, claims, clock() / 1_000, LINK_SECONDS);
  const url = new URL('/inbox/login', baseUrl);
  url.searchParams.set('token', token);
  return url.href;
}

export function createSessions(sessionSecret: string, clock: () => number) {
  /** Ids of used sign-in tokens, with the second after which they are of no use anyway. */
  const used = new Map<string, number>();

  async function read(token: string, audience: string) {
    try {
      const { payload } = await jwtVerify(token, keyOf(sessionSecret), {
        algorithms: ['HS256'],
        audience,
        currentDate: new Date(clock()),
      });
      return ClaimsSchema.parse(payload);
    } catch {
      return null; // forged, altered, expired or meant for something else: all the same to the reader
    }
  }

  function forgetOld(): void {
    for (const [id, expiry] of used) if (expiry < clock() / 1_000) used.delete(id);
  }

  return {
    /** Who a sign-in token is for, without using it; null when it is not good (any more). */
    readLink: async (token: string): Promise<Omit<InboxSession, 'sessionId'> | null> => {
      const claims = await read(token, AUDIENCE.link);
      return claims === null || used.has(claims.jti) ? null : claims;
    },
    /** Uses a sign-in token; the value of the session cookie, or null when the token is not good (any more). */
    redeemLink: async (token: string): Promise<string | null> => {
      const claims = await read(token, AUDIENCE.link);
      forgetOld();
      if (claims === null || used.has(claims.jti)) return null;
      used.set(claims.jti, claims.exp);
      const { tenant, approver } = claims;
      return signed(sessionSecret, AUDIENCE.session, { tenant, approver }, clock() / 1_000, SESSION_SECONDS);
    },
    /** Who the session cookie says is there. */
    readSession: async (cookie: string): Promise<InboxSession | null> => {
      const claims = await read(cookie, AUDIENCE.session);
      return claims && { sessionId: claims.jti, tenant: claims.tenant, approver: claims.approver };
    },
  };
}

function signed(
  secret: string,
  audience: string,
  claims: { tenant: string; approver: Approver },
  nowSeconds: number,
  lifeSeconds: number,
): Promise<string> {
  return new SignJWT(claims)
    .setProtectedHeader({ alg: 'HS256' })
    .setAudience(audience)
    .setJti(randomUUID())
    .setIssuedAt(Math.floor(nowSeconds))
    .setExpirationTime(Math.floor(nowSeconds) + lifeSeconds)
    .sign(keyOf(secret));
}

function keyOf(secret: string): Uint8Array {
  return new TextEncoder().encode(secret);
}
