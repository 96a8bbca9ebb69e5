import { describe, expect, it, onTestFinished } from 'vitest';

import { createApiKey, SCOPES, startGateway } from '../../src/gateway/app.ts';
import {
  createFakeClient,
  createTestGateway,
  type FakeClient,
  SESSION_SECRET,
  TENANT,
  TURN_ID,
} from './support.ts';

const { key, entry } = createApiKey({ name: 'shop', tenant: TENANT, scopes: [...SCOPES] });
const headers = { authorization: `Bearer ${key}` };

async function start(options: { drainLimitMs?: number } = {}) {
  const client = createFakeClient();
  const silent = { webhookSources: [], sessionSecret: SESSION_SECRET, log: () => undefined };
  const deps = { client, apiKeys: [entry], ...silent };
  const gateway = await startGateway({ deps, host: '127.0.0.1', port: 0, ...options });
  onTestFinished(() => gateway.close());
  return { client, gateway };
}

/** A promise that is settled from outside, to hold a request in the middle. */
function gate() {
  const reached = Promise.withResolvers<undefined>();
  const open = Promise.withResolvers<undefined>();
  return {
    reached: reached.promise,
    open: () => open.resolve(undefined),
    pass: async () => {
      reached.resolve(undefined);
      await open.promise;
    },
  };
}

/** Lists of the client wait until they are let go. */
function holdList(client: FakeClient) {
  const held = gate();
  const list = client.eachPending;
  client.eachPending = async function* (...args) {
    await held.pass();
    yield* list(...args);
  };
  return held;
}

describe('a gateway that shuts down', () => {
  it('answers the request in flight, takes no new one, and ends', async () => {
    const { client, gateway } = await start();
    const held = holdList(client);
    const request = fetch(`${gateway.url}/v1/approvals`, { headers });
    await held.reached;
    const closed = gateway.close();
    await expect(fetch(`${gateway.url}/healthz`)).rejects.toThrow();
    held.open();
    const response = await request;
    expect(response.status).toBe(200);
    expect(response.headers.get('connection')).toBe('close');
    await closed;
  });

  it('lets long polls answer early with what they see', async () => {
    const { client, gateway } = await start();
    const held = gate();
    const getTurn = client.getTurn;
    client.getTurn = (...args) => {
      void held.pass();
      return getTurn(...args);
    };
    const startedAt = performance.now();
    const poll = fetch(`${gateway.url}/v1/turns/${TURN_ID}?wait=60`, { headers });
    await held.reached;
    const closed = gateway.close();
    const response = await poll;
    expect(await response.json()).toMatchObject({ turnId: TURN_ID, status: 'running' });
    await closed;
    expect(performance.now() - startedAt).toBeLessThan(4_000);
  });

  it('ends streams at once', async () => {
    const { gateway } = await start();
    const { body } = await fetch(`${gateway.url}/v1/turns/${TURN_ID}/events`, { headers });
    const startedAt = performance.now();
    const closed = gateway.close();
    await body?.pipeTo(new WritableStream());
    await closed;
    expect(performance.now() - startedAt).toBeLessThan(2_000);
  });

  it('ends the wait of a client that went away', async () => {
    const { client, gateway } = await start();
    const held = gate();
    const stopped = Promise.withResolvers<undefined>();
    const getTurn = client.getTurn;
    client.getTurn = (tenant, turnId, waitMs, options) => {
      void held.pass();
      options?.signal?.addEventListener('abort', () => stopped.resolve(undefined));
      return getTurn(tenant, turnId, waitMs, options);
    };
    const away = new AbortController();
    const poll = fetch(`${gateway.url}/v1/turns/${TURN_ID}?wait=60`, { headers, signal: away.signal });
    await held.reached;
    away.abort();
    await expect(poll).rejects.toThrow();
    await stopped.promise;
  });

  it('waits for a request no longer than its limit', async () => {
    const { client, gateway } = await start({ drainLimitMs: 100 });
    const held = holdList(client);
    const failed = expect(fetch(`${gateway.url}/v1/approvals`, { headers })).rejects.toThrow();
    await held.reached;
    await gateway.close();
    await failed;
    held.open();
  });

  it('says so at /readyz, while /healthz stays well', async () => {
    const { ask, drain } = createTestGateway();
    const status = async (path: string) => (await ask('GET', path, { key: null })).status;
    expect(await status('/readyz')).toBe(200);
    drain();
    expect([await status('/readyz'), await status('/healthz')]).toEqual([503, 200]);
  });
});
