import { createHmac } from 'node:crypto';

/**
 * The sender's side of Standard Webhooks (https://www.standardwebhooks.com): HMAC-SHA256 over `id.timestamp.body`. It is our own,
 * so that who receives it is held against another hand's reading of the specification.
 */

const PREFIX = 'whsec_';
const BYTES = { minimum: 24, maximum: 64 } as const;

/** Whether a secret is `whsec_` and the canonical base64 of 24 to 64 bytes. */
export function isWebhookSecret(secret: string): boolean {
  const key = keyOf(secret);
  return (
    PREFIX + key.toString('base64') === secret && key.length >= BYTES.minimum && key.length <= BYTES.maximum
  );
}

/**
 * The value of `webhook-signature`: `v1,<base64>`.
 *
 * @param timestamp - seconds since 1970, the same number as in `webhook-timestamp`.
 * @param body - the exact text that is sent.
 */
export function signWebhook(webhook: {
  secret: string;
  id: string;
  timestamp: number;
  body: string;
}): string {
  const { secret, id, timestamp, body } = webhook;
  const digest = createHmac('sha256', keyOf(secret)).update(`${id}.${timestamp}.${body}`).digest('base64');
  return `v1,${digest}`;
}

function keyOf(secret: string): Buffer {
  return Buffer.from(secret.slice(PREFIX.length), 'base64');
}
