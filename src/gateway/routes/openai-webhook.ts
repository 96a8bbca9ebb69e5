import { createRoute, OpenAPIHono, z } from '@hono/zod-openapi';

import type { GatewayEnv, GatewayParts } from '../gateway-env.ts';
import { jsonBody, problems } from '../openapi.ts';
import { readSigned, SignatureHeaders } from '../bodies/signed-webhook.ts';
import { invalidBody } from '../validation.ts';

/** An event as OpenAI sends it, as far as it is looked at: it names the response and nothing else of it. */
const EventSchema = z.looseObject({
  type: z.string(),
  data: z.looseObject({ id: z.string().regex(/^[\w-]{1,200}$/) }),
});

/** Events that say a response is over; the others are taken and not looked at. */
const ENDS = new Set(['response.completed', 'response.failed', 'response.cancelled', 'response.incomplete']);

/**
 * `POST /v1/webhooks/openai`: OpenAI says that a response is over. The event is a hint: the turn that waits for the response looks at
 * it at once instead of at its next pause, and polling goes on for events that never come.
 *
 * Any other answer than 2xx is sent again for days. So what is none of ours is taken and forgotten; only what could not be
 * looked up is refused.
 */
export function createOpenAIWebhookRoutes(parts: GatewayParts): OpenAPIHono<GatewayEnv> {
  const { client, openai, log } = parts;
  const app = new OpenAPIHono<GatewayEnv>();

  const receiveEvent = createRoute({
    method: 'post',
    path: '/v1/webhooks/openai',
    operationId: 'receiveOpenAIEvent',
    summary: "OpenAI's own webhook, sent when a response is over",
    description:
      "Signed by Standard Webhooks over the raw body, with OpenAI's secret (COUNTERSIGN_OPENAI_WEBHOOK_SECRET). The event is only a hint: the response is read from OpenAI.",
    tags: ['operations'],
    security: [{ webhookSignature: [] }],
    request: {
      headers: SignatureHeaders,
      body: jsonBody(EventSchema),
    },
    responses: {
      204: { description: 'The turn will read its response, or the event concerns no turn.' },
      ...problems(400, 401, 413, 415, 422, 429, 502, 503),
    },
  });
  // Documented, not registered with `app.openapi`: nothing may read the body or the headers before the signature is checked.
  app.openAPIRegistry.registerPath(receiveEvent);
  app.post(receiveEvent.getRoutingPath(), async (c) => {
    const { id: eventId, value } = await readSigned(parts, c, {
      source: 'openai',
      secrets: openai?.webhookSecrets ?? null,
    });
    if (openai === null) throw new Error('An event of OpenAI was verified without its secret.');
    const parsed = EventSchema.safeParse(value);
    if (!parsed.success) throw invalidBody(parsed.error.issues);
    const { type, data } = parsed.data;
    if (!ENDS.has(type)) return c.body(null, 204);
    const owner = await openai.ownerOf(data.id);
    const isHinted = owner !== null && (await client.hintRun({ ...owner, runId: data.id, eventId }));
    log('provider.hinted', { requestId: c.var.requestId, type, runId: data.id, ...owner, isHinted });
    return c.body(null, 204);
  });

  return app;
}
