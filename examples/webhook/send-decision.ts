/**
 * Sends a decision to the gateway as a signed webhook, as a chat or ticket system would:
 *
 *   node examples/webhook/send-decision.ts <approvalId> approve|deny
 *
 * Address and secret come from the file `npm run dev` writes. Nothing here is Countersign's own code: the signature is
 * Standard Webhooks, so the libraries of standardwebhooks.com can take the place of `sign`.
 */
import { createHmac, randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';

const [approvalId, decision = 'approve'] = process.argv.slice(2);
if (approvalId === undefined || (decision !== 'approve' && decision !== 'deny')) {
  console.error('Usage: node examples/webhook/send-decision.ts <approvalId> approve|deny');
  process.exit(1);
}

interface DevFile {
  gateway: string;
  webhookSecret: string;
}
const dev = JSON.parse(readFileSync('.countersign/dev.json', 'utf8')) as DevFile;

// #region send
const id = `msg_${randomUUID()}`;
const timestamp = Math.floor(Date.now() / 1_000);
const body = JSON.stringify({ approvalId, decision, approver: { id: 'grace' }, note: 'By webhook.' });

const response = await fetch(`${dev.gateway}/v1/webhooks/dev`, {
  method: 'POST',
  headers: {
    'content-type': 'application/json',
    'webhook-id': id,
    'webhook-timestamp': String(timestamp),
    'webhook-signature': sign(dev.webhookSecret, `${id}.${timestamp}.${body}`),
  },
  body,
});

/** `v1,` and the base64 of HMAC-SHA256; the key is what stands behind `whsec_`, base64-decoded. */
function sign(secret: string, signed: string): string {
  const key = Buffer.from(secret.replace(/^whsec_/, ''), 'base64');
  return `v1,${createHmac('sha256', key).update(signed).digest('base64')}`;
}
// #endregion send

console.log(response.status, await response.text());
process.exitCode = response.ok ? 0 : 1;
