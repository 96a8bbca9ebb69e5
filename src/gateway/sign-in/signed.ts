import { randomUUID } from 'node:crypto';

import { jwtVerify, SignJWT } from 'jose';
import { z } from 'zod';

import { TenantSchema } from '../api-keys.ts';
import { KeptSchema } from './authenticated.ts';

/** Tokens that say who somebody is, signed with the session secret: sign-in links, and sessions of a gateway without a store. */
export interface Secret {
  sessionSecret: string;
  clock: () => number;
}

export const AUDIENCE = { link: 'countersign:inbox-link', session: 'countersign:inbox-session' } as const;
type Audience = (typeof AUDIENCE)[keyof typeof AUDIENCE];

export const WhoSchema = KeptSchema.partial({ authenticated: true }).extend({ tenant: TenantSchema });
export type Who = z.infer<typeof WhoSchema>;
const ClaimsSchema = WhoSchema.extend({
  jti: z.string().min(1),
  exp: z.number(),
  iat: z.number().optional(),
});

export function sign(
  { sessionSecret, clock }: Secret,
  audience: Audience,
  who: Who,
  lifeSeconds: number,
): Promise<string> {
  const nowSeconds = Math.floor(clock() / 1_000);
  return new SignJWT({ ...who })
    .setProtectedHeader({ alg: 'HS256' })
    .setAudience(audience)
    .setJti(randomUUID())
    .setIssuedAt(nowSeconds)
    .setExpirationTime(nowSeconds + lifeSeconds)
    .sign(keyOf(sessionSecret));
}

/** @returns null for one that is forged, altered, expired or meant for something else: all the same to the reader. */
export async function readSigned({ sessionSecret, clock }: Secret, audience: Audience, token: string) {
  try {
    const { payload } = await jwtVerify(token, keyOf(sessionSecret), {
      algorithms: ['HS256'],
      audience,
      currentDate: new Date(clock()),
    });
    return ClaimsSchema.parse(payload);
  } catch {
    return null;
  }
}

function keyOf(secret: string): Uint8Array {
  return new TextEncoder().encode(secret);
}
