import { randomUUID } from 'node:crypto';

import { beforeAll, describe, expect, test } from 'vitest';

import { createWebhookSecret, sign } from '../../src/contracts/webhooks/signature.ts';
import { createApiKey, createGateway, SCOPES } from '../../src/gateway/app.ts';
import { createDesk } from '../support/desk.ts';
import { TENANT, worldFor } from '../support/world.ts';

const desk = createDesk();
const sources = ['slack', 'teams'].map((source) => ({ source, secret: createWebhookSecret() }));
const keys = ['backoffice', 'night-shift'].map((name) =>
  createApiKey({ name, tenant: TENANT, scopes: [...SCOPES] }),
);
const world = worldFor({ app: desk.app, name: 'decision-ids' });
let app: ReturnType<typeof createGateway>['app'];

beforeAll(() => {
  ({ app } = createGateway({
    client: world.client,
    apiKeys: keys.map(({ entry }) => entry),
    webhookSources: sources.map(({ source, secret }) => ({ source, tenant: TENANT, secrets: [secret] })),
    sessionSecret: 'a session secret of more than 32 characters',
  }));
});

interface Answer {
  http: number;
  type?: string;
  outcome?: string;
  errors?: { field: string }[];
}

async function answerOf(response: Response): Promise<Answer> {
  return { http: response.status, ...((await response.json()) as object) };
}

/** By API key, the id as `Idempotency-Key`. */
async function byApi(approvalId: string, id: string, body: object, key = keys[0]!.key): Promise<Answer> {
  return answerOf(
    await app.request(`/v1/approvals/${approvalId}/decision`, {
      method: 'POST',
      headers: {
        authorization: `Bearer ${key}`,
        'content-type': 'application/json',
        'idempotency-key': id,
      },
      body: JSON.stringify(body),
    }),
  );
}

/** By webhook, the id as `webhook-id`. */
async function byWebhook(approvalId: string, id: string, more: object, index = 0): Promise<Answer> {
  const { source, secret } = sources[index]!;
  const timestamp = Math.floor(Date.now() / 1_000);
  const body = JSON.stringify({ approvalId, decision: 'approve', approver: { id: 'ada' }, ...more });
  return answerOf(
    await app.request(`/v1/webhooks/${source}`, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        'webhook-id': id,
        'webhook-timestamp': String(timestamp),
        'webhook-signature': sign({ secret, id, timestamp, body }),
      },
      body,
    }),
  );
}

const REUSED = { http: 422, type: 'urn:countersign:problem:decision-id-reused' };
const CONFLICT = { http: 409, type: 'urn:countersign:problem:approval-already-decided' };
const edit = (amountCents: number) => ({
  decision: 'edit',
  arguments: { orderId: 'A-1', amountCents },
});

const asked = () => world.asked('single');
const askedFor = () =>
  world.client.askForDecision({
    ...{ tenant: TENANT, requestedBy: 'shop', action: 'Pay', urgency: 'low', withinMs: 600_000 },
  });

describe('a decision id that is used again', () => {
  test('for the same decision is a duplicate, whatever the order of fields: also when the turn is over', async () => {
    const { turnId, approvalId } = await asked();
    const id = randomUUID();
    expect(await byApi(approvalId, id, edit(100))).toMatchObject({ http: 200, outcome: 'applied' });
    const turned = { decision: 'edit', arguments: { amountCents: 100, orderId: 'A-1' } };
    expect(await byApi(approvalId, id, turned)).toMatchObject({ http: 200, outcome: 'duplicate' });
    await world.end(turnId);
    expect(await byApi(approvalId, id, turned)).toMatchObject({ http: 200, outcome: 'duplicate' });
  });

  test.each<[string, object, object, string[]]>([
    ['kind', { decision: 'approve' }, { decision: 'deny' }, ['decision']],
    ['arguments', edit(100), edit(9_999), ['arguments']],
    ['note', { decision: 'deny', note: 'No.' }, { decision: 'deny', note: 'Never.' }, ['note']],
    [
      'response',
      { decision: 'respond', response: 'Yes' },
      { decision: 'respond', response: 'No' },
      ['response'],
    ],
  ])('with another %s is refused by field: also when the turn is over', async (_, first, second, fields) => {
    const { turnId, approvalId } = await asked();
    const id = randomUUID();
    expect(await byApi(approvalId, id, first)).toMatchObject({ http: 200, outcome: 'applied' });
    const refused = await byApi(approvalId, id, second);
    expect(refused).toMatchObject(REUSED);
    expect(refused.errors?.map(({ field }) => field)).toEqual(fields);
    await world.end(turnId);
    expect(await byApi(approvalId, id, second)).toMatchObject(REUSED);
  });

  test('by another key or another source is another decision; by one source for another person, reused', async () => {
    const { approvalId } = await asked();
    const id = randomUUID();
    const ada = { approver: { id: 'ada' } };
    expect(await byWebhook(approvalId, id, ada)).toMatchObject({ http: 200, outcome: 'applied' });
    expect(await byWebhook(approvalId, id, ada)).toMatchObject({ http: 200, outcome: 'duplicate' });
    expect(await byWebhook(approvalId, id, { approver: { id: 'bob' } })).toMatchObject(REUSED);
    expect(await byWebhook(approvalId, id, ada, 1)).toMatchObject(CONFLICT);
    expect(await byApi(approvalId, id, { decision: 'approve' })).toMatchObject(CONFLICT);

    const other = await asked();
    await byApi(other.approvalId, id, { decision: 'approve' });
    expect(await byApi(other.approvalId, id, { decision: 'approve' }, keys[1]!.key)).toMatchObject(CONFLICT);
  });

  test('about a request is held to the same rule', async () => {
    const { id: approvalId } = await askedFor();
    const id = randomUUID();
    const change = (action: string) => ({ decision: 'edit', arguments: { action } });
    expect(await byApi(approvalId, id, change('Pay 1'))).toMatchObject({ outcome: 'applied' });
    expect(await byApi(approvalId, id, change('Pay 9'))).toMatchObject(REUSED);
    expect(await byApi(approvalId, id, change('Pay 1'))).toMatchObject({ outcome: 'duplicate' });
  });

  test('is told apart while no worker is up, and what was kept first counts when one is back', async () => {
    const { turnId, approvalId } = await asked();
    const request = await askedFor();
    await world.stopWorker();
    const id = randomUUID();
    expect(await byApi(approvalId, id, edit(100))).toMatchObject({ http: 202, outcome: 'accepted' });
    const refused = await byApi(approvalId, id, edit(9_999));
    expect(refused).toMatchObject({ ...REUSED, approvalStatus: 'pending', errors: [{ field: 'arguments' }] });
    expect(await byApi(approvalId, id, edit(100))).toMatchObject({ http: 202 });
    expect(await byApi(request.id, id, { decision: 'approve' })).toMatchObject({ http: 202 });
    expect(await byApi(request.id, id, { decision: 'deny' })).toMatchObject(REUSED);
    // Another sender's id is its own.
    expect(await byApi(request.id, id, { decision: 'deny' }, keys[1]!.key)).toMatchObject({ http: 202 });
    await world.startWorker();
    const { approvals } = await world.end(turnId);
    expect(approvals).toMatchObject([{ status: 'approved', arguments: { amountCents: 100 } }]);
    expect(desk.effects.filter(({ key }) => key === approvalId)).toHaveLength(1);
  });
});
