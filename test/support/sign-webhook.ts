import { createHmac } from 'node:crypto';

/** Signs as the Standard Webhooks specification says, without our own code: the sender is somebody else. */
export function signWebhook({ secret, id, body }: { secret: string; id: string; body: string }): {
  body: string;
  headers: Record<string, string>;
} {
  const timestamp = String(Math.floor(Date.now() / 1_000));
  const key = Buffer.from(secret.replace(/^whsec_/, ''), 'base64');
  const signature = createHmac('sha256', key).update(`${id}.${timestamp}.${body}`).digest('base64');
  return {
    body,
    headers: {
      'content-type': 'application/json',
      'webhook-id': id,
      'webhook-timestamp': timestamp,
      'webhook-signature': `v1,${signature}`,
    },
  };
}
