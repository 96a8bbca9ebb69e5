import { z } from 'zod';

import { howToCall } from '../contracts/how-called.ts';
import { providerConfig } from './provider.ts';
import { temporalConfig } from './temporal.ts';
import { createReader, environment, nonEmpty, port, type Environment } from './variables.ts';
import { callbackHosts, openaiWebhookSecrets } from './webhooks.ts';

const read = createReader({
  COUNTERSIGN_GATEWAY_HOST: [
    nonEmpty.default('127.0.0.1'),
    'a host name or an IP address to listen on',
    { by: ['gateway'], does: 'where the gateway listens' },
  ],
  COUNTERSIGN_GATEWAY_PORT: [
    port(8080),
    'a port from 0 to 65535; 0 takes a free one',
    { by: ['gateway'], does: 'its port' },
  ],
  COUNTERSIGN_API_KEYS: [
    nonEmpty.optional(),
    `the path of the JSON file with API keys ("${howToCall('keys create')}" makes one)`,
    { by: ['gateway'], does: 'the API keys, as hashes', unset: 'none: the gateway does not start' },
  ],
  COUNTERSIGN_SESSION_SECRET: [
    z.string().min(32).optional(),
    'at least 32 random characters, the same for every gateway: it signs the one-time links and forms of the inbox',
    {
      by: ['gateway', 'inbox link'],
      does: 'signs inbox links, forms and file ids',
      unset: 'random: no link can be made, and no files',
    },
  ],
  COUNTERSIGN_PUBLIC_URL: [
    z.url({ protocol: /^https?$/ }).optional(),
    'the URL people reach the gateway under, such as https://countersign.example.com',
    {
      by: ['gateway', 'worker', 'inbox link'],
      does: 'the address in inbox links and in notices',
      unset: 'where the gateway listens; notices need it',
    },
  ],
  COUNTERSIGN_WEBHOOK_SECRETS: [
    nonEmpty.optional(),
    'the path of the JSON file with webhook secrets',
    { by: ['gateway'], does: 'webhook sources and their secrets', unset: 'no sources' },
  ],
});

export function gatewayConfig(from: Environment = environment) {
  return {
    temporal: temporalConfig(from),
    host: read(from, 'COUNTERSIGN_GATEWAY_HOST'),
    port: read(from, 'COUNTERSIGN_GATEWAY_PORT'),
    apiKeysFile: read(from, 'COUNTERSIGN_API_KEYS'),
    webhookSecretsFile: read(from, 'COUNTERSIGN_WEBHOOK_SECRETS'),
    openaiWebhookSecrets: openaiWebhookSecrets(from),
    callbackHosts: callbackHosts(from),
    provider: providerConfig(from),
    sessionSecret: read(from, 'COUNTERSIGN_SESSION_SECRET'),
    publicUrl: read(from, 'COUNTERSIGN_PUBLIC_URL'),
  };
}

/** @param because - what needs it. */
export function publicUrlConfig(from: Environment, because: string): string {
  return read.required(from, 'COUNTERSIGN_PUBLIC_URL', because);
}
