import type { JWTVerifyResult } from 'jose';
import { z } from 'zod';

import type { ProviderLogout } from './identity-provider.ts';
import { notTrusted } from './sign-in-refused.ts';

const EVENT = 'http://schemas.openid.net/event/backchannel-logout';
const TYPES: ReadonlySet<unknown> = new Set([undefined, 'jwt', 'logout+jwt', 'application/logout+jwt']);

const ClaimsSchema = z
  .object({
    iss: z.string(),
    jti: z.string().min(1).max(500),
    exp: z.number(),
    events: z.object({ [EVENT]: z.record(z.string(), z.unknown()) }),
    sub: z.string().min(1).exactOptional(),
    sid: z.string().min(1).exactOptional(),
    /** ID tokens have one. */
    nonce: z.undefined().optional(),
  })
  .refine(({ sub, sid }) => sub !== undefined || sid !== undefined);

/**
 * The rest of what OpenID Connect Back-Channel Logout 1.0, 2.6 asks of a token whose signature, issuer, audience and times are right: it
 * is a logout, of somebody, has an id, and is no ID token.
 *
 * @throws SignInRefused for any other.
 */
export function readLogoutToken({ payload, protectedHeader }: JWTVerifyResult): ProviderLogout {
  const parsed = ClaimsSchema.safeParse(payload);
  if (!parsed.success || !TYPES.has(protectedHeader.typ?.toLowerCase())) throw notTrusted('logout_token');
  const { iss, jti, exp, sub, sid } = parsed.data;
  return {
    ...{ issuer: iss, tokenId: jti, expiresAt: exp * 1_000 },
    ...(sub !== undefined && { subject: sub }),
    ...(sid !== undefined && { session: sid }),
  };
}
