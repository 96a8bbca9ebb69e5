import { createHmac, timingSafeEqual } from 'node:crypto';

/** Slack's signature, version 0: https://docs.slack.dev/authentication/verifying-requests-from-slack. */

const TOLERANCE_SECONDS = 5 * 60;
const TIMESTAMP = /^[1-9]\d{0,11}$/;
const SIGNATURE = /^v0=([0-9a-f]{64})$/;

/** What is wrong with a request that is not accepted. */
export type SlackProblem =
  | 'timestamp_missing'
  | 'timestamp_malformed'
  | 'timestamp_too_old'
  | 'timestamp_too_new'
  | 'signature_missing'
  | 'signature_malformed'
  | 'signature_mismatch'
  | 'replayed';

export interface SlackHead {
  timestamp: string;
  signature: string;
}

/** What can be said before the body is read. */
export function readSlackHead(
  headers: { get(name: string): string | null },
  nowMs: number,
): SlackHead | SlackProblem {
  const timestamp = headers.get('x-slack-request-timestamp');
  if (timestamp === null) return 'timestamp_missing';
  if (!TIMESTAMP.test(timestamp)) return 'timestamp_malformed';
  const ageSeconds = nowMs / 1_000 - Number(timestamp);
  if (ageSeconds > TOLERANCE_SECONDS) return 'timestamp_too_old';
  if (ageSeconds < -TOLERANCE_SECONDS) return 'timestamp_too_new';
  const signature = headers.get('x-slack-signature');
  if (signature === null) return 'signature_missing';
  return SIGNATURE.test(signature) ? { timestamp, signature } : 'signature_malformed';
}

/** @param body - the raw bytes as received. */
export function isSignedBySlack(
  { timestamp, signature }: SlackHead,
  body: Uint8Array,
  secret: string,
): boolean {
  return timingSafeEqual(Buffer.from(slackSignature(secret, timestamp, body)), Buffer.from(signature));
}

export function slackSignature(secret: string, timestamp: string, body: string | Uint8Array): string {
  return `v0=${createHmac('sha256', secret).update(`v0:${timestamp}:`).update(body).digest('hex')}`;
}

/** Remembers signatures for as long as their time is good. Another gateway knows the decision itself by its id. */
export function createReplays(clock: () => number) {
  const seen = new Map<string, number>();
  /** @returns whether it has come before. */
  return (signature: string): boolean => {
    const nowMs = clock();
    for (const [one, untilMs] of seen) {
      if (untilMs > nowMs) break;
      seen.delete(one);
    }
    if (seen.has(signature)) return true;
    seen.set(signature, nowMs + 2 * TOLERANCE_SECONDS * 1_000);
    return false;
  };
}
