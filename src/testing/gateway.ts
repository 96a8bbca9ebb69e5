import { randomBytes } from 'node:crypto';

import type { CountersignClient } from '../client.ts';
import { createWebhookSecret } from '../contracts/webhooks/signature.ts';
import type { Store } from '../store/store.ts';
import { createApiKey, SCOPES, startGateway } from '../gateway/app.ts';

/** The HTTP side of a gate. */
export interface GateGateway {
  /** Without a trailing slash. */
  readonly url: string;
  /** May do everything; its name is the approver's. */
  readonly apiKey: string;
  /** Signs the webhooks of the source `test` (`POST /v1/webhooks/test`), which may name any approver. */
  readonly webhookSecret: string;
  /** Asks it with the key; a body makes it a POST. */
  fetch(path: string, init?: RequestInit): Promise<Response>;
}

export async function serveGateway({
  client,
  tenant,
  clock,
  store,
  isTold,
}: {
  client: CountersignClient;
  tenant: string;
  clock: () => number;
  store: Store | undefined;
  isTold: boolean;
}): Promise<GateGateway & { close(): Promise<void> }> {
  const { key: apiKey, entry } = createApiKey({ name: 'tester', tenant, scopes: [...SCOPES] });
  const webhookSecret = createWebhookSecret();
  const { url, close } = await startGateway({
    deps: {
      ...{ client, clock, apiKeys: [entry] },
      ...(store && { store, isTold }),
      webhookSources: [{ source: 'test', tenant, secrets: [webhookSecret] }],
      sessionSecret: randomBytes(32).toString('hex'),
      log: () => undefined,
    },
    ...{ host: '127.0.0.1', port: 0, drainLimitMs: 500 },
  });
  return {
    ...{ url, apiKey, webhookSecret, close },
    fetch: (path, init = {}) => {
      const headers = new Headers(init.headers);
      if (!headers.has('authorization')) headers.set('authorization', `Bearer ${apiKey}`);
      if (init.body !== undefined && !headers.has('content-type'))
        headers.set('content-type', 'application/json');
      return fetch(new URL(path, url), {
        method: init.body === undefined ? 'GET' : 'POST',
        ...init,
        headers,
      });
    },
  };
}
