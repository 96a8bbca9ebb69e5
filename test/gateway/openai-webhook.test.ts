import { ApplicationFailure } from '@temporalio/common';
import { expect, it } from 'vitest';

import { createWebhookSecret } from '../../src/contracts/webhooks/signature.ts';
import { createTestGateway, problemOf, signedWebhook, TENANT, TURN_ID, WEBHOOK_SECRET } from './support.ts';

const PATH = '/v1/webhooks/openai';
const OLD_SECRET = createWebhookSecret();

function event(overrides: Record<string, unknown> = {}): string {
  const data = { id: 'resp_1' };
  return JSON.stringify({
    ...{ id: 'evt_1', object: 'event', created_at: 1_772_366_400, type: 'response.completed', data },
    ...overrides,
  });
}

/** A gateway that knows one response of ours. */
function listening() {
  const lookedUp: string[] = [];
  const gateway = createTestGateway({
    openai: {
      webhookSecrets: [WEBHOOK_SECRET, OLD_SECRET],
      ownerOf: (responseId) => {
        lookedUp.push(responseId);
        if (responseId === 'resp_down') {
          const message = 'The provider could not show a response: no answer.';
          return Promise.reject(ApplicationFailure.create({ type: 'Provider.Unavailable', message }));
        }
        return Promise.resolve(responseId === 'resp_1' ? { tenant: TENANT, turnId: TURN_ID } : null);
      },
    },
  });
  const send = (body: string, secret = WEBHOOK_SECRET) =>
    gateway.ask('POST', PATH, { key: null, ...signedWebhook(body, { secret, id: 'evt_1' }) });
  return { ...gateway, lookedUp, send };
}

it.each(['response.completed', 'response.failed', 'response.cancelled', 'response.incomplete'])(
  '%s lets the turn of the response look, whichever secret signed it',
  async (type) => {
    const { send, client } = listening();
    expect((await send(event({ type }))).status).toBe(204);
    expect((await send(event({ type }), OLD_SECRET)).status).toBe(204);
    const hint = { tenant: TENANT, turnId: TURN_ID, runId: 'resp_1', eventId: 'evt_1' };
    expect(client.runHints).toEqual([hint, hint]);
  },
);

it.each([
  ['of another kind', { type: 'batch.completed', data: { id: 'batch_1' } }, []],
  ['about a response that is none of ours', { data: { id: 'resp_other' } }, ['resp_other']],
])('an event %s is taken and hints at nothing', async (_what, overrides, lookups) => {
  const { send, client, lookedUp } = listening();
  expect((await send(event(overrides))).status).toBe(204);
  expect(lookedUp).toEqual(lookups);
  expect(client.runHints).toEqual([]);
});

it('an event that cannot be looked up is refused, so that OpenAI sends it again', async () => {
  const { send, client } = listening();
  const response = await send(event({ data: { id: 'resp_down' } }));
  expect(response.status).toBe(503);
  expect(response.headers.get('retry-after')).not.toBeNull();
  expect(client.runHints).toEqual([]);
});

it.each([
  ['no signature', {}],
  ['the signature of somebody else', signedWebhook(event(), { secret: createWebhookSecret() }).headers],
  ['the signature of another body', signedWebhook(event({ type: 'response.failed' })).headers],
])('an event with %s is refused before anything is looked up', async (_what, headers) => {
  const { ask, lookedUp } = listening();
  const response = await ask('POST', PATH, { key: null, body: event(), headers });
  expect(await problemOf(response)).toMatchObject({
    status: 401,
    type: 'urn:countersign:problem:webhook-not-verified',
  });
  expect(lookedUp).toEqual([]);
});

it.each([
  ['no JSON', 'completed', 400],
  ['no type', event({ type: undefined }), 422],
  ['no id', event({ data: {} }), 422],
  ['an id that is a path', event({ data: { id: '../files/file-1' } }), 422],
])('a signed event with %s is refused', async (_what, body, status) => {
  const { send, lookedUp } = listening();
  expect((await send(body)).status).toBe(status);
  expect(lookedUp).toEqual([]);
});

it('no source of decisions may have its name', () => {
  const webhookSources = [{ source: 'openai', tenant: TENANT, secrets: [WEBHOOK_SECRET] }];
  expect(() => createTestGateway({ webhookSources })).toThrow(/COUNTERSIGN_OPENAI_WEBHOOK_SECRET/);
});
