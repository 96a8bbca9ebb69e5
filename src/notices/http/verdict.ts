import type { PostAnswer } from './post-checked.ts';
import { pauseOf } from './retry-after.ts';

/** With these nothing has left: nobody was reached, or nobody to be trusted. */
const NOT_SENT = new Set([
  ...['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'EHOSTUNREACH', 'ENETUNREACH'],
  ...['CERT_HAS_EXPIRED', 'DEPTH_ZERO_SELF_SIGNED_CERT', 'ERR_TLS_CERT_ALTNAME_INVALID'],
]);

/** What an answer other than 2xx says of a message: whether to try again, when, and whether it may have arrived all the same. */
export function verdictOf({ status, retryAfter }: Pick<PostAnswer, 'status' | 'retryAfter'>) {
  const retryAfterMs = pauseOf(retryAfter);
  return {
    isFinal: status >= 400 && status < 500 && status !== 408 && status !== 429,
    mayHaveArrived: status >= 500 && status !== 503,
    ...(retryAfterMs !== undefined && { retryAfterMs }),
  };
}

/** @param code - of an error of Node, without an answer. @returns whether the message may have arrived. */
export function mayHaveLeft(code: string): boolean {
  return !NOT_SENT.has(code);
}

/** What an error is called. Its text may hold the address, which is a secret. */
export function codeOf(error: unknown): string {
  const { code, name } = error instanceof Error ? (error as NodeJS.ErrnoException) : {};
  return code !== undefined && /^[A-Z_]{1,60}$/.test(code) ? code : (name ?? 'unknown');
}
