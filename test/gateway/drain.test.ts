import { createServer } from 'node:net';

import { afterEach, describe, expect, it } from 'vitest';

import { startGateway, type RunningGateway } from '../../src/gateway/app.ts';
import { createApiKey } from '../../src/gateway/api-keys.ts';
import { createFakeClient, createTestGateway, SESSION_SECRET, TENANT, TURN_ID } from './support.ts';

const { entry, key } = createApiKey({
  name: 'shop',
  tenant: TENANT,
  scopes: ['turns:write', 'approvals:read'],
});
const headers = { authorization: `Bearer ${key}` };
const running: RunningGateway[] = [];

async function start(options: { drainLimitMs?: number; port?: number } = {}) {
  const client = createFakeClient();
  const deps = {
    client,
    apiKeys: [entry],
    webhookSources: [],
    sessionSecret: SESSION_SECRET,
    log: () => undefined,
  };
  const gateway = await startGateway({ deps, host: '127.0.0.1', port: 0, ...options });
  running.push(gateway);
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

afterEach(async () => {
  await Promise.all(running.splice(0).map((gateway) => gateway.close()));
});

describe('a gateway that shuts down', () => {
  it('answers the request in flight, takes no new one, and ends', async () => {
    const { client, gateway } = await start();
    const held = gate();
    const list = client.eachPending;
    client.eachPending = async function* (...args) {
      await held.pass();
      yield* list(...args);
    };
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
    const held = gate();
    const list = client.eachPending;
    client.eachPending = async function* (...args) {
      await held.pass();
      yield* list(...args);
    };
    const failed = expect(fetch(`${gateway.url}/v1/approvals`, { headers })).rejects.toThrow();
    await held.reached;
    await gateway.close();
    await failed;
    held.open();
  });

  it('says so at /readyz, while /healthz stays well', async () => {
    const gateway = createTestGateway();
    expect((await gateway.ask('GET', '/readyz', { key: null })).status).toBe(200);
    gateway.drain();
    expect((await gateway.ask('GET', '/readyz', { key: null })).status).toBe(503);
    expect((await gateway.ask('GET', '/healthz', { key: null })).status).toBe(200);
  });
});

describe('a gateway that cannot listen', () => {
  it('names host, port and remedy when the port is in use', async () => {
    const other = createServer();
    await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', () => resolve()));
    const { port } = other.address() as { port: number };
    await expect(start({ port })).rejects.toThrow(
      new RegExp(`127\\.0\\.0\\.1:${port}: another process does\\..*COUNTERSIGN_GATEWAY_PORT`),
    );
    await new Promise((resolve) => other.close(resolve));
  });
});
