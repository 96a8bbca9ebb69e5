import { Hono } from 'hono';

import { readBody } from '../bodies/request-body.ts';
import { parseJson } from '../bodies/json-text.ts';
import type { GatewayEnv, GatewayParts } from '../gateway-env.ts';
import { Problem } from '../problem.ts';
import type { Answer } from './interactions.ts';
import { createReplays, isSignedBySlack, readSlackHead, type SlackProblem } from './signature.ts';

/** `POST /slack/interactions`: a click or a form from Slack. Nothing is parsed before its signature over the raw body is checked. */
export function createSlackRoutes(
  { clock, log, maximumBodyBytes }: Pick<GatewayParts, 'clock' | 'log' | 'maximumBodyBytes'>,
  { signingSecret, answer }: { signingSecret: string; answer: Answer },
): Hono<GatewayEnv> {
  const app = new Hono<GatewayEnv>();
  const isReplayed = createReplays(clock);

  app.post('/slack/interactions', async (c) => {
    const { requestId } = c.var;
    const head = readSlackHead(c.req.raw.headers, clock());
    if (typeof head === 'string') throw refused(head);
    const bytes = new Uint8Array(await readBody(c, maximumBodyBytes));
    if (!isSignedBySlack(head, bytes, signingSecret)) throw refused('signature_mismatch');
    if (isReplayed(head.signature)) throw refused('replayed');
    const payload = parseJson(new URLSearchParams(new TextDecoder().decode(bytes)).get('payload') ?? '');
    if (!payload.ok) throw new Problem('not-json', `The field "payload" is not JSON: ${payload.message}.`);
    const reply = await answer(payload.value, requestId);
    return reply === null ? c.body(null, 200) : c.json(reply);

    function refused(reason: SlackProblem): Problem {
      log('slack.request_refused', { requestId, reason });
      return new Problem('webhook-not-verified', `The request is refused: ${reason}.`, {
        members: { reason },
        headers: { 'www-authenticate': 'SlackSignature' },
      });
    }
  });

  return app;
}
