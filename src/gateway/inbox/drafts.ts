import { jwtVerify, SignJWT } from 'jose';
import { z } from 'zod';

import { DECISION_KINDS } from '../../contracts/approval/decision.ts';

/**
 * What somebody typed when their session was gone, or not good enough. The gateway keeps no drafts: a cookie of the browser carries it, or
 * the page that asks them to sign in, signed: for this browser, for this approval, for an hour. It decides nothing. It fills a form, which
 * has to be sent.
 */

export const LIFE_SECONDS = 60 * 60;
const AUDIENCE = 'countersign:inbox-draft';

const TypedSchema = z.object({
  decision: z.enum(DECISION_KINDS).optional(),
  note: z.string(),
  arguments: z.string(),
  response: z.string(),
  breakGlass: z.literal(true).exactOptional(),
  grant: z.object({ terms: z.string(), argumentsDigest: z.string() }).exactOptional(),
});
export type Typed = z.infer<typeof TypedSchema>;

const ClaimsSchema = z.object({ typed: TypedSchema, approvalId: z.string(), sub: z.string() });

export interface Draft {
  typed: Typed;
  approvalId: string;
  /** The cookie of the sign-in page. */
  browserId: string;
}

export function createDrafts(sessionSecret: string, clock: () => number) {
  const key = new TextEncoder().encode(sessionSecret);
  return {
    seal: ({ typed, approvalId, browserId }: Draft): Promise<string> =>
      new SignJWT({ typed, approvalId })
        .setProtectedHeader({ alg: 'HS256' })
        .setAudience(AUDIENCE)
        .setSubject(browserId)
        .setExpirationTime(Math.floor(clock() / 1_000) + LIFE_SECONDS)
        .sign(key),

    /** null for one that is not whole, not ours, too old, of another browser or about another approval. */
    open: async (token: string, approvalId: string, browserId: string): Promise<Typed | null> => {
      try {
        const currentDate = new Date(clock());
        const { payload } = await jwtVerify(token, key, {
          algorithms: ['HS256'],
          audience: AUDIENCE,
          currentDate,
        });
        const claims = ClaimsSchema.parse(payload);
        return claims.approvalId === approvalId && claims.sub === browserId ? claims.typed : null;
      } catch {
        return null;
      }
    },
  };
}
