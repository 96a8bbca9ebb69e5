import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import { ignoreNotFound } from '../../src/client/read-turn.ts';
import { createGateway } from '../../src/gateway/app.ts';
import { createResponseOwner } from '../../src/providers/responses/owner.ts';
import { createWebhookSecret } from '../../src/contracts/webhooks/signature.ts';
import { createDesk } from '../support/desk.ts';
import { until } from '../../src/testing/wait.ts';
import { startWorld, TENANT, type World } from '../support/world.ts';

const SECRET = createWebhookSecret();
/** Longer than any test: only the simulator's clock, put forward, ends it. */
const LONG_MS = 120_000;
const SCENARIO = {
  rules: [
    { when: ['slow'], thinkMs: LONG_MS, reply: 'At last.' },
    {
      when: ['single'],
      rounds: [{ calls: [{ tool: 'refund', arguments: { orderId: 'A-1', amountCents: 4_200 } }] }],
    },
  ],
  otherwise: { reply: 'Hello.' },
};
/** `ACTIVITY_TASK_CANCEL_REQUESTED`: the look that a hint makes an end of. */
const CANCEL_REQUESTED = '15';

const desk = createDesk();
const logged: { event: string; fields: Record<string, unknown> }[] = [];
let relay: Server;
let world: World;

/** What the simulator sends goes to a gateway, which can only be made when the simulator is there. */
beforeAll(async () => {
  relay = createServer((request, response) => {
    void (async () => {
      const body = Buffer.concat(await request.toArray());
      const headers = Object.entries(request.headers).map(([name, value]) => [name, String(value)] as const);
      const { status } = await gateway.app.request('/v1/webhooks/openai', {
        method: 'POST',
        headers: Object.fromEntries(headers),
        body: new Uint8Array(body),
      });
      response.writeHead(status).end();
    })();
  });
  await new Promise<void>((resolve) => relay.listen(0, '127.0.0.1', resolve));
  const { port } = relay.address() as AddressInfo;
  world = await startWorld({
    app: desk.app,
    name: 'run-hints',
    protocol: 'responses',
    isHinted: true,
    simulator: { scenario: SCENARIO, webhook: { url: `http://127.0.0.1:${port}/`, secret: SECRET } },
  });
  const gateway = createGateway({
    client: world.client,
    apiKeys: [],
    webhookSources: [],
    sessionSecret: 'a session secret of more than 32 characters',
    openai: {
      webhookSecrets: [SECRET],
      ownerOf: createResponseOwner({ apiKey: 'simulator', baseURL: world.provider }),
    },
    log: (event, fields) => logged.push({ event, fields }),
  });
});
afterAll(async () => {
  // First the events that are on their way: the client that takes them is closed with the world.
  await new Promise((resolve) => relay.close(resolve));
  await world.stop();
});

const hinted = (turnId: string) =>
  logged.filter(({ event, fields }) => event === 'provider.hinted' && fields.turnId === turnId);

const workflowOf = (turnId: string) => world.turn(turnId);

/** The response of a turn once `watchRun` follows it: before that nothing can be told to look. */
async function watchedRun(turnId: string): Promise<string> {
  return until('the run to be watched', async () => {
    const turn = await workflowOf(turnId).describe().catch(ignoreNotFound); // its conversation may not have begun it yet
    const activities = turn?.raw.pendingActivities ?? [];
    if (!activities.some(({ activityType }) => activityType?.name === 'watchRun')) return null;
    const { responses } = (await world.control('state')) as {
      responses: { id: string; metadata: Record<string, string> }[];
    };
    return responses.find(({ metadata }) => metadata.countersign_turn === turnId)?.id ?? null;
  });
}

test("the provider's event reaches the turn whose response is over", async () => {
  const approval = await world.asked('single');
  const [seen] = await until('the hint', () =>
    Promise.resolve(hinted(approval.turnId).length > 0 ? hinted(approval.turnId) : null),
  );
  expect(seen!.fields).toMatchObject({ type: 'response.completed', tenant: TENANT, isHinted: true });
  await world.decide(approval, {});
  expect(await world.end(approval.turnId)).toMatchObject({ status: 'completed' });
});

describe('a turn that follows a long run', () => {
  test('looks again at each hint, once, and goes on', async () => {
    const turnId = await world.say('slow');
    const workflow = workflowOf(turnId);
    const looks = async () =>
      (await world.history(turnId)).filter((type) => type === CANCEL_REQUESTED).length;
    const runId = await watchedRun(turnId);
    const hint = (eventId: string, about = runId) =>
      world.client.hintRun({ tenant: TENANT, turnId, runId: about, eventId });

    expect(await hint('evt_a')).toBe(true);
    await until('the look', async () => (await looks()) === 1);
    await hint('evt_a');
    await hint('evt_b', 'resp_of_another');
    await workflow.signal('runChanged', 'nonsense');
    await workflow.query('state'); // answered when all of them have been handled
    expect(await looks()).toBe(1);
    await hint('evt_c');
    await until('the second look', async () => (await looks()) === 2);

    await world.control('clock', { skewMs: LONG_MS });
    expect(await world.end(turnId)).toMatchObject({ status: 'completed', reply: 'At last.' });
    expect(await hint('evt_d')).toBe(false);
  });

  test('that is cancelled after a hint ends cancelled', async () => {
    const turnId = await world.say('slow');
    const runId = await watchedRun(turnId);
    await world.client.hintRun({ tenant: TENANT, turnId, runId, eventId: 'evt_e' });
    await world.client.cancelTurn(TENANT, turnId);
    expect(await world.end(turnId)).toMatchObject({ status: 'cancelled' });
  });
});

test.each([
  ['another tenant', { tenant: 'globex', turnId: 'c-1.0123456789abcdef0123' }],
  ['no tenant', { tenant: 'no tenant', turnId: 'c-1.0123456789abcdef0123' }],
  ['no turn', { tenant: TENANT, turnId: 'nonsense' }],
])('a hint for %s reaches nobody', async (_whom, whom) => {
  expect(await world.client.hintRun({ ...whom, runId: 'resp_1', eventId: 'evt_1' })).toBe(false);
});
