import { createRoute, OpenAPIHono } from '@hono/zod-openapi';

import { callbackTarget } from '../../contracts/webhooks/callback-hosts.ts';
import { isRequestId } from '../../contracts/ids.ts';
import { requestedFact } from '../../contracts/recording/changes.ts';
import { RequestBodySchema } from '../../contracts/request.ts';
import type { AskedOf } from '../../record/nobody-can-meet.ts';
import { isStoreDown } from '../../record/recorder.ts';
import { holderOf, requireScope } from '../auth.ts';
import { definedOnly } from '../defined-only.ts';
import type { GatewayEnv, GatewayParts, GatewayRecord } from '../gateway-env.ts';
import { apiKeyWith, IdempotencyHeaders, json, jsonBody, problems } from '../openapi.ts';
import { Problem } from '../problem.ts';
import { idempotencyKeyOf, requireJson } from '../bodies/request-body.ts';
import { RequestParams } from '../parameters.ts';
import { RequestDocument } from '../schemas/approval.ts';
import { whomToAsk } from '../whom-to-ask.ts';
import { refuseInvalid } from '../validation.ts';

const AskedDocument = RequestDocument.pick({ id: true, status: true, expires_at: true, created_at: true });

/** The decision API: any program asks a person and reads the answer. Both routes need the scope `turns:write`. */
export function createRequestRoutes({
  client,
  apiKeys,
  maximumBodyBytes,
  callbackHosts,
  log,
  record,
  store,
}: GatewayParts): OpenAPIHono<GatewayEnv> {
  const app = new OpenAPIHono<GatewayEnv>({ defaultHook: refuseInvalid });
  const turnsWrite = requireScope(apiKeys, 'turns:write');

  const askForDecision = createRoute({
    method: 'post',
    path: '/decisions',
    operationId: 'askForDecision',
    summary: 'Ask a person for a decision',
    description:
      'The same Idempotency-Key of the same tenant names the same request. The answer is read by id, or sent to `callback_url`.',
    tags: ['decisions'],
    security: apiKeyWith('turns:write'),
    middleware: [turnsWrite, ...requireJson(maximumBodyBytes)],
    request: { headers: IdempotencyHeaders, body: jsonBody(RequestBodySchema) },
    responses: {
      201: {
        ...json('The request is stored and appears in the inbox.', AskedDocument.openapi('AskedRequest')),
        headers: { location: { description: 'Where to read it.', schema: { type: 'string' } } },
      },
      ...problems(400, 401, 403, 413, 415, 422, 429, 503),
    },
  });
  app.openapi(askForDecision, async (c) => {
    const { tenant, requests = {} } = c.var.apiKey;
    const { callback_url: callbackUrl, timeout_minutes: minutes, ...asked } = c.req.valid('json');
    const requestedBy = holderOf(c.var.apiKey);
    if (callbackUrl !== undefined) requireAllowed(callbackUrl);
    const whom = await whomToAsk(store, { tenant, requestedBy, approver: asked.approver, rules: requests });
    const unmeetable = await whyNobodyCan(tenant, definedOnly({ ...whom, requestedBy }));
    const { id, status, expires_at, created_at } = await client.askForDecision(
      definedOnly({
        ...asked,
        callbackUrl,
        idempotencyKey: idempotencyKeyOf(c),
        tenant,
        requestedBy,
        ...whom,
        unmeetable,
        withinMs: minutes * 60_000,
        isRecorded: record !== null,
      }),
    );
    if (record !== null) await recordAsked(record, tenant, id);
    log('request.accepted', { requestId: c.var.requestId, tenant, approvalId: id });
    return c.json({ id, status, expires_at, created_at }, 201, { location: `/decisions/${id}` });
  });

  const getDecision = createRoute({
    method: 'get',
    path: '/decisions/{id}',
    operationId: 'getDecision',
    summary: 'Read the answer to a request',
    tags: ['decisions'],
    security: apiKeyWith('turns:write'),
    middleware: [turnsWrite],
    request: { params: RequestParams },
    responses: { 200: json('The request.', RequestDocument), ...problems(401, 403, 404, 429, 503) },
  });
  app.openapi(getDecision, async (c) => {
    const { id } = c.req.valid('param');
    const view = isRequestId(id) ? await client.getRequest(c.var.apiKey.tenant, id) : null;
    if (view === null) throw new Problem('request-not-found', 'No request of this tenant has this id.');
    return c.json(view, 200);
  });

  return app;

  /** The workflow writes it once more with the answer, so a store that is down now loses nothing. */
  async function recordAsked({ recorder }: GatewayRecord, tenant: string, id: string): Promise<void> {
    try {
      const approval = await client.getApproval(tenant, id);
      if (approval?.status === 'pending' && approval.proposals.length === 1)
        await recorder.write({ tenant }, [requestedFact(approval)]);
    } catch (error) {
      log('record.owed', { tenant, approvalId: id, error: String(error) });
    }
  }

  /** For the operator: the request is asked all the same. A directory that cannot be read now says nothing. */
  async function whyNobodyCan(tenant: string, asked: AskedOf): Promise<string | undefined> {
    if (record === null) return undefined;
    try {
      return (await record.recorder.whyNobodyCanMeet(tenant, asked)) ?? undefined;
    } catch (error) {
      if (!isStoreDown(error)) throw error;
      log('directory.unread', { tenant, because: error.message });
      return undefined;
    }
  }

  function requireAllowed(url: string): void {
    const target = callbackTarget(url, callbackHosts);
    if (target.ok) return;
    const errors = [{ field: 'callback_url', message: target.message }];
    throw new Problem('callback-not-allowed', `callback_url ${target.message}.`, { errors });
  }
}
