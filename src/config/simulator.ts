import { createReader, environment, nonEmpty, port, type Environment } from './variables.ts';
import { openaiWebhookSecrets } from './webhooks.ts';

const read = createReader({
  COUNTERSIGN_SIMULATOR_HOST: [
    nonEmpty.default('127.0.0.1'),
    'a host name or an IP address to listen on',
    { by: ['simulator'], does: 'where the simulator listens' },
  ],
  COUNTERSIGN_SIMULATOR_PORT: [
    port(8090),
    'a port from 0 to 65535; 0 takes a free one',
    { by: ['simulator'], does: 'its port' },
  ],
});

export function simulatorConfig(from: Environment = environment) {
  return {
    host: read(from, 'COUNTERSIGN_SIMULATOR_HOST'),
    port: read(from, 'COUNTERSIGN_SIMULATOR_PORT'),
    webhookSecret: openaiWebhookSecrets(from)?.[0],
  };
}
