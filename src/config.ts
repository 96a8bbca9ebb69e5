import { loadClientConnectConfig } from '@temporalio/envconfig';
import { z } from 'zod';

import type { ClientOptions } from './client.ts';
import { isCallbackHost } from './contracts/callback-hosts.ts';
import type { InteractionLogConfig } from './contracts/interaction.ts';
import { defaultProtocol, PROTOCOLS } from './contracts/run.ts';
import { isSinkUrl } from './contracts/sink-url.ts';
import { decodeWebhookSecret } from './contracts/signature.ts';

/** A setting that is missing or malformed: the message has its name, what was found (never a secret) and the remedy. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
}

export type Environment = Readonly<Record<string, string | undefined>>;

/** The process's own environment: the one place where it is read. */
export const environment: Environment = process.env;

const port = (fallback: number) =>
  z
    .string()
    .regex(/^\d{1,5}$/)
    .transform(Number)
    .refine((value) => value <= 65_535)
    .default(fallback);
const nonEmpty = z.string().min(1);
const webUrl = z.url({ protocol: /^https?$/ }).refine((text) => {
  const { username, password, search, hash } = new URL(text);
  return username + password + search + hash === '';
});

/** Every variable of ours: its shape, and what a person has to do when the value does not fit. */
const VARIABLES = {
  OPENAI_API_KEY: [nonEmpty.optional(), 'the key of the provider'],
  OPENAI_BASE_URL: [
    z.url({ protocol: /^https?$/ }).optional(),
    'the base URL of the provider, such as http://127.0.0.1:8090/v1',
  ],
  COUNTERSIGN_PROVIDER: [
    z.enum(PROTOCOLS).optional(),
    `the protocol the provider speaks: ${PROTOCOLS.join(', ')}`,
  ],
  COUNTERSIGN_CONFIG: [nonEmpty.default('countersign.config.ts'), 'the path of the application file'],
  COUNTERSIGN_TASK_QUEUE: [nonEmpty.default('countersign'), 'the name of the task queue'],
  COUNTERSIGN_DEPLOYMENT_NAME: [
    nonEmpty.optional(),
    'the name of the worker deployment, such as "countersign"',
  ],
  COUNTERSIGN_BUILD_ID: [nonEmpty.optional(), 'the build of this worker, such as a commit'],
  COUNTERSIGN_MAX_CACHED_WORKFLOWS: [
    z
      .string()
      .regex(/^\d{1,6}$/)
      .transform(Number)
      .optional(),
    'a whole number from 0 to 999999: how many workflows a worker keeps in memory',
  ],
  COUNTERSIGN_GATEWAY_HOST: [nonEmpty.default('127.0.0.1'), 'a host name or an IP address to listen on'],
  COUNTERSIGN_GATEWAY_PORT: [port(8080), 'a port from 0 to 65535; 0 takes a free one'],
  COUNTERSIGN_SIMULATOR_HOST: [nonEmpty.default('127.0.0.1'), 'a host name or an IP address to listen on'],
  COUNTERSIGN_SIMULATOR_PORT: [port(8090), 'a port from 0 to 65535; 0 takes a free one'],
  COUNTERSIGN_API_KEYS: [
    nonEmpty.optional(),
    'the path of the JSON file with API keys ("countersign keys create" makes one)',
  ],
  COUNTERSIGN_SESSION_SECRET: [
    z.string().min(32).optional(),
    'at least 32 random characters, the same for every gateway: it signs the sessions and one-time links of the inbox',
  ],
  COUNTERSIGN_PUBLIC_URL: [
    z.url({ protocol: /^https?$/ }).optional(),
    'the URL people reach the gateway under, such as https://countersign.example.com',
  ],
  COUNTERSIGN_WEBHOOK_SECRETS: [nonEmpty.optional(), 'the path of the JSON file with webhook secrets'],
  COUNTERSIGN_OPENAI_WEBHOOK_SECRET: [
    z
      .string()
      .transform((list) => list.split(',').map((secret) => secret.trim()))
      .refine((secrets) => secrets.every(isWebhookSecret))
      .optional(),
    'the secret OpenAI gave for the webhook ("whsec_…"), or two with a comma between them while one is being rotated',
  ],
  COUNTERSIGN_CALLBACK_HOSTS: [
    z
      .string()
      .transform((list) => list.split(',').map((entry) => entry.trim().toLowerCase()))
      .refine((hosts) => hosts.every(isCallbackHost))
      .default([]),
    'host names that answers to requests may be sent to, separated by commas, such as "hooks.example.com, 10.0.0.7:8443, *.example.org"',
  ],
  COUNTERSIGN_CALLBACK_SECRET: [
    z.string().refine(isWebhookSecret).optional(),
    '"whsec_" and the base64 of 24 to 64 random bytes: it signs the answers to requests',
  ],
  COUNTERSIGN_HANDOVER_URL: [
    webUrl.optional(),
    'the base URL of the Handover without user name and password, such as https://handover.example.com',
  ],
  COUNTERSIGN_HANDOVER_API_KEY: [
    z
      .string()
      .regex(/^[\x21-\x7e]+$/)
      .optional(),
    'the key of the Handover, without spaces and line breaks',
  ],
  COUNTERSIGN_HANDOVER_CALLBACK_URL: [
    webUrl.optional(),
    'the base URL under which the Handover reaches the gateway, such as https://countersign.example.com',
  ],
  COUNTERSIGN_HANDOVER_APPROVER: [nonEmpty.optional(), 'whom the Handover notifies, such as ada@example.com'],
  COUNTERSIGN_HANDOVER_GROUPS: [
    z
      .string()
      .transform((list) => list.split(',').map((entry) => entry.trim()))
      .refine((groups) => groups.length <= 100 && groups.every((group) => /^.{1,200}$/.test(group)))
      .optional(),
    'the groups that people at the Handover count as members of, separated by commas, such as "finance, support"',
  ],
  COUNTERSIGN_INTERACTION_LOG: [
    z.enum(['otel', 'reconify']).optional(),
    '"otel" or "reconify": where the worker logs its interactions with the model; leave it empty to log none',
  ],
  COUNTERSIGN_INTERACTION_CONTENT: [
    z.enum(['none', 'full']).default('none'),
    '"none" (names, ids, sizes, times) or "full" (redacted messages, tool arguments and tool outputs as well)',
  ],
  COUNTERSIGN_RECONIFY_URL: [
    z.string().refine(isSinkUrl).optional(),
    'the URL Reconify gave for its REST API: https without a user in it, or http on this machine',
  ],
  COUNTERSIGN_RECONIFY_APP_KEY: [nonEmpty.optional(), 'the APP_KEY of the application at Reconify'],
  COUNTERSIGN_RECONIFY_API_KEY: [nonEmpty.optional(), 'the API_KEY of the application at Reconify'],
} as const satisfies Record<string, readonly [z.ZodType, string]>;

type VariableName = keyof typeof VARIABLES;
type Value<Name extends VariableName> = z.output<(typeof VARIABLES)[Name][0]>;

/** One variable, parsed. An empty value counts as not set. */
function read<Name extends VariableName>(environment: Environment, name: Name): Value<Name> {
  const [schema, meaning] = VARIABLES[name];
  const found = environment[name] === '' ? undefined : environment[name];
  const parsed = schema.safeParse(found);
  if (!parsed.success) {
    const shown = /KEY$|SECRET$/.test(name) ? 'a value' : `"${found ?? ''}"`;
    throw new ConfigError(`${name} is ${shown}, which it cannot be. Set it to ${meaning}.`);
  }
  return parsed.data as Value<Name>;
}

/** @throws ConfigError when one of two is set that are of use together only. */
function requireBoth(from: Environment, one: VariableName, other: VariableName): void {
  const missing = [one, other].filter((name) => read(from, name) === undefined);
  if (missing.length !== 1) return;
  throw new ConfigError(`${missing[0] ?? ''} is not set. Set both of ${one} and ${other}, or none.`);
}

/** How to reach Temporal: its own variables and profile file, through @temporalio/envconfig. */
export function temporalConfig(from: Environment = environment): ClientOptions {
  try {
    const { connectionOptions, namespace } = loadClientConnectConfig({
      overrideEnvVars: definedOnly(from),
    });
    return {
      connection: connectionOptions,
      namespace: namespace ?? 'default',
      taskQueue: read(from, 'COUNTERSIGN_TASK_QUEUE'),
    };
  } catch (error) {
    if (error instanceof ConfigError) throw error;
    const reason = error instanceof Error ? error.message : String(error);
    throw new ConfigError(`Temporal's settings cannot be read (${reason}). Check the TEMPORAL_… variables.`);
  }
}

export function providerConfig(from: Environment = environment) {
  const apiKey = read(from, 'OPENAI_API_KEY');
  const baseURL = read(from, 'OPENAI_BASE_URL');
  return {
    apiKey,
    baseURL,
    protocol: read(from, 'COUNTERSIGN_PROVIDER') ?? defaultProtocol({ apiKey, baseURL }),
  };
}

export function workerConfig(from: Environment = environment) {
  return {
    temporal: temporalConfig(from),
    provider: providerConfig(from),
    applicationFile: read(from, 'COUNTERSIGN_CONFIG'),
    deployment: deploymentConfig(from),
    maxCachedWorkflows: read(from, 'COUNTERSIGN_MAX_CACHED_WORKFLOWS'),
    callbacks: callbackConfig(from),
    handover: handoverConfig(from),
    interactionLog: interactionLogConfig(from),
    isHinted: read(from, 'COUNTERSIGN_OPENAI_WEBHOOK_SECRET') !== undefined,
  };
}

/** Policies may ask at the Handover when URL and key are set. */
function handoverConfig(from: Environment) {
  const url = read(from, 'COUNTERSIGN_HANDOVER_URL');
  const apiKey = read(from, 'COUNTERSIGN_HANDOVER_API_KEY');
  const callbackUrl = read(from, 'COUNTERSIGN_HANDOVER_CALLBACK_URL');
  const approver = read(from, 'COUNTERSIGN_HANDOVER_APPROVER');
  const groups = read(from, 'COUNTERSIGN_HANDOVER_GROUPS');
  requireBoth(from, 'COUNTERSIGN_HANDOVER_URL', 'COUNTERSIGN_HANDOVER_API_KEY');
  if (url === undefined || apiKey === undefined) return undefined;
  return { url, apiKey, callbackUrl, approver, groups };
}

/** Off unless COUNTERSIGN_INTERACTION_LOG is set. */
function interactionLogConfig(from: Environment): InteractionLogConfig | undefined {
  const sink = read(from, 'COUNTERSIGN_INTERACTION_LOG');
  const content = read(from, 'COUNTERSIGN_INTERACTION_CONTENT');
  if (sink !== 'reconify') return sink && { sink, content };
  const needed = (name: 'URL' | 'APP_KEY' | 'API_KEY'): string => {
    const value = read(from, `COUNTERSIGN_RECONIFY_${name}`);
    if (value !== undefined) return value;
    const meaning = VARIABLES[`COUNTERSIGN_RECONIFY_${name}`][1];
    throw new ConfigError(
      `COUNTERSIGN_RECONIFY_${name} is not set, but COUNTERSIGN_INTERACTION_LOG is "reconify". Set it to ${meaning}.`,
    );
  };
  return { sink, content, url: needed('URL'), appKey: needed('APP_KEY'), apiKey: needed('API_KEY') };
}

/** Answers to requests are sent when both are set. The gateway needs the hosts only. */
function callbackConfig(from: Environment): { hosts: readonly string[]; secret: string } | undefined {
  const hosts = read(from, 'COUNTERSIGN_CALLBACK_HOSTS');
  const secret = read(from, 'COUNTERSIGN_CALLBACK_SECRET');
  if (hosts.length === 0) return undefined;
  if (secret === undefined) {
    throw new ConfigError(
      'COUNTERSIGN_CALLBACK_SECRET is not set, but COUNTERSIGN_CALLBACK_HOSTS is. Set it to "whsec_" and the base64 of 32 random bytes.',
    );
  }
  return { hosts, secret };
}

function isWebhookSecret(secret: string): boolean {
  try {
    return decodeWebhookSecret(secret).length > 0;
  } catch {
    return false;
  }
}

/** Worker versioning is on when both are set. */
function deploymentConfig(from: Environment): { name: string; buildId: string } | undefined {
  const name = read(from, 'COUNTERSIGN_DEPLOYMENT_NAME');
  const buildId = read(from, 'COUNTERSIGN_BUILD_ID');
  requireBoth(from, 'COUNTERSIGN_DEPLOYMENT_NAME', 'COUNTERSIGN_BUILD_ID');
  if (name === undefined || buildId === undefined) return undefined;
  return { name, buildId };
}

export function gatewayConfig(from: Environment = environment) {
  return {
    temporal: temporalConfig(from),
    host: read(from, 'COUNTERSIGN_GATEWAY_HOST'),
    port: read(from, 'COUNTERSIGN_GATEWAY_PORT'),
    apiKeysFile: read(from, 'COUNTERSIGN_API_KEYS'),
    webhookSecretsFile: read(from, 'COUNTERSIGN_WEBHOOK_SECRETS'),
    openaiWebhookSecrets: read(from, 'COUNTERSIGN_OPENAI_WEBHOOK_SECRET'),
    callbackHosts: read(from, 'COUNTERSIGN_CALLBACK_HOSTS'),
    provider: providerConfig(from),
    ...inboxConfig(from),
  };
}

function inboxConfig(from: Environment = environment) {
  return {
    sessionSecret: read(from, 'COUNTERSIGN_SESSION_SECRET'),
    publicUrl: read(from, 'COUNTERSIGN_PUBLIC_URL'),
  };
}

export function simulatorConfig(from: Environment = environment) {
  return {
    host: read(from, 'COUNTERSIGN_SIMULATOR_HOST'),
    port: read(from, 'COUNTERSIGN_SIMULATOR_PORT'),
    webhookSecret: read(from, 'COUNTERSIGN_OPENAI_WEBHOOK_SECRET')?.[0],
  };
}

function definedOnly(environment: Environment): Record<string, string> {
  return Object.fromEntries(
    Object.entries(environment).flatMap(([key, value]) => (value === undefined ? [] : [[key, value]])),
  );
}
