import { z } from '@hono/zod-openapi';
import type { Context } from 'hono';

import { createWebhookSecret, readSignatureHead, verify } from '../../contracts/webhooks/signature.ts';
import type { GatewayEnv, GatewayParts } from '../gateway-env.ts';
import { Problem } from '../problem.ts';
import { jsonFrom, readBody } from './request-body.ts';

/** The headers of Standard Webhooks, for the description of a route. */
export const SignatureHeaders = z.object({
  'webhook-id': z.string().openapi({ maxLength: 256 }),
  'webhook-timestamp': z.string().openapi({ description: 'Seconds since 1970.', example: '1614265330' }),
  'webhook-signature': z.string(),
});

/** Nobody has it: what is signed for a source that does not exist takes as long to refuse as what is signed wrongly. */
const NOBODYS = [createWebhookSecret()];

/**
 * The body of a webhook and its id, once the signature has been checked over the raw bytes. Nothing is parsed before, and nothing read
 * before the headers are whole.
 *
 * @param sender.source - who says it is, for the log.
 * @param sender.secrets - null for a source that does not exist: it is answered as if the signature were wrong.
 * @throws Problem `webhook-not-verified` with the reason, `not-json`.
 */
export async function readSigned(
  { clock, log, maximumBodyBytes }: Pick<GatewayParts, 'clock' | 'log' | 'maximumBodyBytes'>,
  c: Context<GatewayEnv>,
  { source, secrets }: { source: string; secrets: readonly string[] | null },
): Promise<{ id: string; value: unknown }> {
  const received = { headers: c.req.raw.headers, nowMs: clock() };
  const head = readSignatureHead(received);
  if (!head.ok) throw refused(head.reason);
  const bytes = await readBody(c, maximumBodyBytes);
  const verified = verify({ ...received, body: new Uint8Array(bytes), secrets: secrets ?? NOBODYS });
  if (!verified.ok) throw refused(verified.reason);
  if (secrets === null) throw refused('signature_mismatch');
  return { id: verified.id, value: jsonFrom(bytes) };

  function refused(reason: string): Problem {
    log('webhook.refused', { requestId: c.var.requestId, source, reason, isKnown: secrets !== null });
    return new Problem('webhook-not-verified', `The webhook is refused: ${reason}.`, {
      members: { reason },
      headers: { 'www-authenticate': 'StandardWebhooks' },
    });
  }
}
