import { readFile } from 'node:fs/promises';

import { readKeys, readSigningKey } from '@countersign/receipts';

import { endWithParent, tellReady } from '../src/cli/child-process.ts';
import { logEvent, untilStopped } from '../src/cli/run-command.ts';
import { createClient } from '../src/client.ts';
import { readApiKeys, startGateway, type GatewayClient } from '../src/gateway/app.ts';
import { openServiceStore } from '../src/cli/service-store.ts';
import { plantedClient } from './plants.ts';
import { createAround, type Around } from './reach.ts';
import { storeWithPoints } from './store/with-points.ts';
import { GatewaySettings, NAMESPACE, readSettings, TASK_QUEUE } from './settings.ts';

/** The gateway under test: the real one, with the campaign's points around what it asks of Temporal. */
const settings = readSettings(GatewaySettings);
const around = createAround({ control: settings.control, process: settings.name });
const signingKey = await readSigningKey(await readFile(settings.signingKeyFile, 'utf8'));
const { jwks: publicKeys } = await readKeys(await readFile(settings.trustedKeysFile, 'utf8'));
const store = await openServiceStore({ url: settings.store });
const client = await createClient({
  connection: { address: settings.temporal },
  namespace: NAMESPACE,
  taskQueue: TASK_QUEUE,
  signingKey,
});
const stopped = untilStopped();
const gateway = await startGateway({
  deps: {
    client: withPoints(plantedClient(client, settings.plant), around),
    apiKeys: readApiKeys(settings.apiKeysFile),
    webhookSources: [],
    ...{ store: storeWithPoints(store, around), signingKey, publicKeys },
    sessionSecret: settings.sessionSecret,
    log: logEvent,
  },
  host: '127.0.0.1',
  port: settings.port,
});
endWithParent();
tellReady({ url: gateway.url });
await stopped;
await gateway.close();
await client.close();
await store.close();

function withPoints(inner: GatewayClient, between: Around): GatewayClient {
  return {
    ...inner,
    startTurn: (request) => between('turn.start', request.conversationId, () => inner.startTurn(request)),
    decide: (tenant, decision) =>
      between('decision.give', decision.approvalId, () => inner.decide(tenant, decision)),
  };
}
