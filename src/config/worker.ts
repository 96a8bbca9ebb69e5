import { z } from 'zod';

import type { InteractionLogConfig } from '../contracts/interaction-log/interaction.ts';
import { isSinkUrl } from '../contracts/interaction-log/sink-url.ts';
import { providerConfig } from './provider.ts';
import { temporalConfig } from './temporal.ts';
import { createReader, environment, nonEmpty, webUrl, type Environment } from './variables.ts';
import { callbackConfig, openaiWebhookSecrets } from './webhooks.ts';

const read = createReader({
  COUNTERSIGN_CONFIG: [
    nonEmpty.default('countersign.config.ts'),
    'the path of the application file',
    { by: ['worker', 'dev'], does: 'the application file' },
  ],
  COUNTERSIGN_DEPLOYMENT_NAME: [
    nonEmpty.optional(),
    'the name of the worker deployment, such as "countersign"',
    {
      by: ['worker'],
      does: 'the worker deployment; with a build id it switches worker versioning on',
      unset: 'no versioning',
    },
  ],
  COUNTERSIGN_BUILD_ID: [
    nonEmpty.optional(),
    'the build of this worker, such as a commit',
    {
      by: ['worker'],
      does: 'the build of this worker; needed with a deployment name',
      unset: 'no versioning',
    },
  ],
  COUNTERSIGN_MAX_CACHED_WORKFLOWS: [
    z
      .string()
      .regex(/^\d{1,6}$/)
      .transform(Number)
      .optional(),
    'a whole number from 0 to 999999: how many workflows a worker keeps in memory',
    {
      by: ['worker'],
      does: 'how many turns and conversations stay in memory; others are replayed when needed',
      unset: '`200`',
    },
  ],
  COUNTERSIGN_HANDOVER_URL: [
    webUrl.optional(),
    'the base URL of the Handover without user name and password, such as https://handover.example.com',
    {
      by: ['worker'],
      does: 'the [Handover](../handover.md), where policies with `askAlso` ask',
      unset: 'none: such policies are refused',
    },
  ],
  COUNTERSIGN_HANDOVER_API_KEY: [
    z
      .string()
      .regex(/^[\x21-\x7e]+$/)
      .optional(),
    'the key of the Handover, without spaces and line breaks',
    { by: ['worker'], does: 'our key there; needed with the URL' },
  ],
  COUNTERSIGN_HANDOVER_CALLBACK_URL: [
    webUrl.optional(),
    'the base URL under which the Handover reaches the gateway, such as https://countersign.example.com',
    {
      by: ['worker'],
      does: 'lets the Handover call the gateway when it has an answer',
      unset: 'it is asked at intervals',
    },
  ],
  COUNTERSIGN_HANDOVER_APPROVER: [
    nonEmpty.optional(),
    'whom the Handover notifies, such as ada@example.com',
    { by: ['worker'], does: 'whom the Handover notifies', unset: 'its own default' },
  ],
  COUNTERSIGN_HANDOVER_GROUPS: [
    z
      .string()
      .transform((list) => list.split(',').map((entry) => entry.trim()))
      .refine((groups) => groups.length <= 100 && groups.every((group) => /^.{1,200}$/.test(group)))
      .optional(),
    'the groups that people at the Handover count as members of, separated by commas, such as "finance, support"',
    { by: ['worker'], does: 'groups that its people count as members of', unset: 'none' },
  ],
  COUNTERSIGN_INTERACTION_LOG: [
    z.enum(['otel', 'reconify']).optional(),
    '"otel" or "reconify": where the worker logs its interactions with the model; leave it empty to log none',
    {
      by: ['worker'],
      does: 'where [interactions with the model](../interaction-logs.md) are logged',
      unset: 'nowhere',
    },
  ],
  COUNTERSIGN_INTERACTION_CONTENT: [
    z.enum(['none', 'full']).default('none'),
    '"none" (names, ids, sizes, times) or "full" (redacted messages, tool arguments and tool outputs as well)',
    { by: ['worker'], does: 'whether redacted messages and arguments are logged, too' },
  ],
  COUNTERSIGN_RECONIFY_URL: [
    z.string().refine(isSinkUrl).optional(),
    'the URL Reconify gave for its REST API: https without a user in it, or http on this machine',
    { by: ['worker'], does: 'where Reconify takes interactions' },
  ],
  COUNTERSIGN_RECONIFY_APP_KEY: [
    nonEmpty.optional(),
    'the APP_KEY of the application at Reconify',
    { by: ['worker'], does: "Reconify's key of the application" },
  ],
  COUNTERSIGN_RECONIFY_API_KEY: [
    nonEmpty.optional(),
    'the API_KEY of the application at Reconify',
    { by: ['worker'], does: "Reconify's second key of the application" },
  ],
});

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
    isHinted: openaiWebhookSecrets(from) !== undefined,
  };
}

/** Policies may ask at the Handover when URL and key are set. */
function handoverConfig(from: Environment) {
  const url = read(from, 'COUNTERSIGN_HANDOVER_URL');
  const apiKey = read(from, 'COUNTERSIGN_HANDOVER_API_KEY');
  const callbackUrl = read(from, 'COUNTERSIGN_HANDOVER_CALLBACK_URL');
  const approver = read(from, 'COUNTERSIGN_HANDOVER_APPROVER');
  const groups = read(from, 'COUNTERSIGN_HANDOVER_GROUPS');
  read.requireBoth(from, 'COUNTERSIGN_HANDOVER_URL', 'COUNTERSIGN_HANDOVER_API_KEY');
  if (url === undefined || apiKey === undefined) return undefined;
  return { url, apiKey, callbackUrl, approver, groups };
}

/** Off unless COUNTERSIGN_INTERACTION_LOG is set. */
function interactionLogConfig(from: Environment): InteractionLogConfig | undefined {
  const sink = read(from, 'COUNTERSIGN_INTERACTION_LOG');
  const content = read(from, 'COUNTERSIGN_INTERACTION_CONTENT');
  if (sink !== 'reconify') return sink && { sink, content };
  const needed = (name: 'URL' | 'APP_KEY' | 'API_KEY') =>
    read.required(from, `COUNTERSIGN_RECONIFY_${name}`, 'COUNTERSIGN_INTERACTION_LOG is "reconify"');
  return { sink, content, url: needed('URL'), appKey: needed('APP_KEY'), apiKey: needed('API_KEY') };
}

/** Worker versioning is on when both are set. */
function deploymentConfig(from: Environment): { name: string; buildId: string } | undefined {
  const name = read(from, 'COUNTERSIGN_DEPLOYMENT_NAME');
  const buildId = read(from, 'COUNTERSIGN_BUILD_ID');
  read.requireBoth(from, 'COUNTERSIGN_DEPLOYMENT_NAME', 'COUNTERSIGN_BUILD_ID');
  if (name === undefined || buildId === undefined) return undefined;
  return { name, buildId };
}
