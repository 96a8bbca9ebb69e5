import { z } from '@hono/zod-openapi';
import type { Context } from 'hono';

import { verify } from '../contracts/signature.ts';
import type { GatewayEnv, GatewayParts } from './gateway-env.ts';
import { Problem } from './problem.ts';
import { jsonFrom } from './request-body.ts';

/** The headers of Standard Webhooks, for the description of a route. */
export const SignatureHeaders = z.object({
  'webhook-id': z.string().openapi({ maxLength: 256 }),
  'webhook-timestamp': z.string().openapi({ description: 'Seconds since 1970.', example: '1614265330' }),
  'webhook-signature': z.string(),
});

/**
 * The body of a webhook and its id, once the signature has been checked over the raw bytes. Nothing is parsed before.
 *
 * @param sender.source - who says it is, for the log.
 * @throws Problem `webhook-not-verified` with the reason, `not-json`.
 */
export async function readSigned(
  { clock, log }: Pick<GatewayParts, 'clock' | 'log'>,
  c: Context<GatewayEnv>,
  { source, secrets }: { source: string; secrets: readonly string[] },
): Promise<{ id: string; value: unknown }> {
  const bytes = await c.req.arrayBuffer();
  const verified = verify({
    headers: c.req.raw.headers,
    body: new Uint8Array(bytes),
    secrets,
    nowMs: clock(),
  });
  if (verified.ok) return { id: verified.id, value: jsonFrom(bytes) };
  log('webhook.refused', { requestId: c.var.requestId, source, reason: verified.reason });
  throw new Problem('webhook-not-verified', `The webhook is refused: ${verified.reason}.`, {
    members: { reason: verified.reason },
    headers: { 'www-authenticate': 'StandardWebhooks' },
  });
}
