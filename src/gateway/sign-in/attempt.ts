import { hkdfSync } from 'node:crypto';

import { EncryptJWT, jwtDecrypt } from 'jose';
import { z } from 'zod';

/**
 * A sign-in that has begun at the provider. What its answer must fit stands in a cookie of the browser that began it, encrypted, so any
 * gateway can take the answer and no other browser can. It is dropped with the answer, so one answer counts once.
 */

export const ATTEMPT_SECONDS = 15 * 60;
const AUDIENCE = 'countersign:sign-in';

const AttemptSchema = z.object({
  state: z.string(),
  nonce: z.string(),
  codeVerifier: z.string(),
  /** Where the browser goes then. */
  to: z.string(),
  /** So recently the person must have shown who they are. */
  maxAgeSeconds: z.number().exactOptional(),
});
export type Attempt = z.infer<typeof AttemptSchema>;

export function createAttempts({ sessionSecret, clock }: { sessionSecret: string; clock: () => number }) {
  const key = new Uint8Array(hkdfSync('sha256', sessionSecret, '', AUDIENCE, 32));
  return {
    seal: (attempt: Attempt): Promise<string> =>
      new EncryptJWT({ ...attempt })
        .setProtectedHeader({ alg: 'dir', enc: 'A256GCM' })
        .setAudience(AUDIENCE)
        .setExpirationTime(Math.floor(clock() / 1_000) + ATTEMPT_SECONDS)
        .encrypt(key),

    /** null for one that is not ours, or too old. */
    open: async (token: string): Promise<Attempt | null> => {
      try {
        const currentDate = new Date(clock());
        const { payload } = await jwtDecrypt(token, key, { audience: AUDIENCE, currentDate });
        return AttemptSchema.parse(payload);
      } catch {
        return null;
      }
    },
  };
}

/** The cookie of one attempt: several tabs may begin one each. */
export function attemptCookie(state: string): string {
  return `countersign_sign_in_${state.slice(0, 12)}`;
}
