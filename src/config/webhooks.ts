import { z } from 'zod';

import { isCallbackHost } from '../contracts/webhooks/callback-hosts.ts';
import { decodeWebhookSecret } from '../contracts/webhooks/signature.ts';
import { createReader, environment, nonEmpty, type Environment } from './variables.ts';

/** What more than one process knows of webhooks: the provider's to us, and ours to those who asked. */
const read = createReader({
  COUNTERSIGN_OPENAI_WEBHOOK_SECRET: [
    z
      .string()
      .transform((list) => list.split(',').map((secret) => secret.trim()))
      .refine((secrets) => secrets.every(isWebhookSecret))
      .optional(),
    'the secret OpenAI gave for the webhook ("whsec_…"), or two with a comma between them while one is being rotated',
    {
      by: ['gateway', 'worker', 'simulator'],
      does: "verifies [OpenAI's own webhook](../operations.md#openais-webhook)",
      unset: 'none: responses are polled more often',
    },
  ],
  COUNTERSIGN_CALLBACK_HOSTS: [
    z
      .string()
      .transform((list) => list.split(',').map((entry) => entry.trim().toLowerCase()))
      .refine((hosts) => hosts.every(isCallbackHost))
      .default([]),
    'host names that answers to requests may be sent to, separated by commas, such as "hooks.example.com, 10.0.0.7:8443, *.example.org"',
    {
      by: ['gateway', 'worker'],
      does: 'where [answers to requests](../http-api.md#callbacks) may be sent',
      unset: 'none: `callback_url` is refused',
    },
  ],
  COUNTERSIGN_CALLBACK_SECRET: [
    z.string().refine(isWebhookSecret).optional(),
    '"whsec_" and the base64 of 24 to 64 random bytes: it signs the answers to requests',
    { by: ['worker'], does: 'signs the answers to requests; needed with the hosts' },
  ],
  COUNTERSIGN_EVENT_ENDPOINTS: [
    nonEmpty.optional(),
    'the path of a JSON file with the programs that hear of events: [{"name", "url", "secret", "tenants"?, "kinds"?}]',
    {
      by: ['worker', '`events`'],
      does: 'the file of programs that [hear of events](../guides/events.md)',
      unset: 'no events are sent',
    },
  ],
});

/** The secrets OpenAI signs its events with; undefined when it sends none. */
export function openaiWebhookSecrets(from: Environment) {
  return read(from, 'COUNTERSIGN_OPENAI_WEBHOOK_SECRET');
}

/** Hosts that answers to requests may be sent to. */
export function callbackHosts(from: Environment): readonly string[] {
  return read(from, 'COUNTERSIGN_CALLBACK_HOSTS');
}

/** Answers to requests are sent when hosts and secret are set. The gateway needs the hosts only. */
export function callbackConfig(from: Environment): { hosts: readonly string[]; secret: string } | undefined {
  const hosts = callbackHosts(from);
  if (hosts.length === 0) return undefined;
  const secret = read.required(from, 'COUNTERSIGN_CALLBACK_SECRET', 'COUNTERSIGN_CALLBACK_HOSTS is');
  return { hosts, secret };
}

/** Where the programs stand that hear of events; undefined for none. They may be at the callback hosts only. */
export function eventsConfig(
  from: Environment = environment,
): { file: string; hosts: readonly string[] } | undefined {
  const file = read(from, 'COUNTERSIGN_EVENT_ENDPOINTS');
  return file === undefined ? undefined : { file, hosts: callbackHosts(from) };
}

export function isWebhookSecret(secret: string): boolean {
  try {
    return decodeWebhookSecret(secret).length > 0;
  } catch {
    return false;
  }
}
