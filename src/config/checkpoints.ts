import { z } from 'zod';

import { signingConfig } from './signing.ts';
import { ConfigError, createReader, environment, nonEmpty, webUrl, type Environment } from './variables.ts';
import { isWebhookSecret } from './webhooks.ts';

const UNITS = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };

const read = createReader({
  COUNTERSIGN_CHECKPOINT_INTERVAL: [
    z
      .string()
      .regex(/^[1-9]\d{0,4}[smhd]$/)
      .default('5m'),
    'a whole number and its unit, such as "30s", "5m" or "1h"',
    { by: ['gateway'], does: 'how often a checkpoint of a record that has grown is signed' },
  ],
  COUNTERSIGN_CHECKPOINT_FILE: [
    nonEmpty.optional(),
    'the path of a file, in a folder that exists: each checkpoint is appended to it',
    { by: ['gateway'], does: 'a file that gets every checkpoint', unset: 'no file' },
  ],
  COUNTERSIGN_CHECKPOINT_S3: [
    z
      .string()
      .regex(/^s3:\/\/[a-z0-9][a-z0-9.-]{1,61}[a-z0-9](\/[A-Za-z0-9!_.*'()-]+)*\/?$/)
      .optional(),
    'a bucket and a prefix, such as "s3://countersign-checkpoints/production"',
    { by: ['gateway'], does: 'a bucket that gets every checkpoint', unset: 'no bucket' },
  ],
  COUNTERSIGN_CHECKPOINT_S3_ENDPOINT: [
    webUrl.optional(),
    'the base URL of a service that speaks S3, such as https://s3.example.com',
    { by: ['gateway'], does: 'whose bucket it is', unset: "Amazon's" },
  ],
  COUNTERSIGN_CHECKPOINT_URL: [
    webUrl.optional(),
    'an http or https URL without a user and a query, such as https://log.example.com/checkpoints',
    { by: ['gateway'], does: 'where every checkpoint is sent to as a signed event', unset: 'no events' },
  ],
  COUNTERSIGN_CHECKPOINT_SECRET: [
    z.string().refine(isWebhookSecret).optional(),
    '"whsec_" and the base64 of 24 to 64 random bytes: it signs the events',
    { by: ['gateway'], does: 'signs the events; needed with the URL' },
  ],
  AWS_REGION: [
    z
      .string()
      .regex(/^[a-z0-9-]{1,40}$/)
      .default('us-east-1'),
    'the region of the bucket, such as "eu-central-1"',
    { by: ['gateway'], does: 'the region of the bucket' },
  ],
  AWS_ACCESS_KEY_ID: [
    nonEmpty.optional(),
    'the id of an access key that may put objects into the bucket',
    { by: ['gateway'], does: 'names the key that writes to the bucket; needed with it' },
  ],
  AWS_SECRET_ACCESS_KEY: [
    nonEmpty.optional(),
    'the secret of that access key',
    { by: ['gateway'], does: 'its secret; needed with the bucket' },
  ],
  AWS_SESSION_TOKEN: [
    nonEmpty.optional(),
    'the session token that came with a temporary access key',
    { by: ['gateway'], does: 'goes with a temporary key', unset: 'a lasting key' },
  ],
});

const PLACES = [
  'COUNTERSIGN_CHECKPOINT_FILE',
  'COUNTERSIGN_CHECKPOINT_S3',
  'COUNTERSIGN_CHECKPOINT_URL',
] as const;

/** How often checkpoints are signed and where they go; null without a key to sign them. */
export function checkpointConfig(from: Environment = environment) {
  const interval = read(from, 'COUNTERSIGN_CHECKPOINT_INTERVAL');
  const everyMs = Number.parseInt(interval, 10) * UNITS[interval.slice(-1) as keyof typeof UNITS];
  const places = { everyMs, file: read(from, PLACES[0]), s3: s3Config(from), event: eventConfig(from) };
  if (signingConfig(from).signingKeyFile !== undefined) return places;
  const named = PLACES.find((name) => read(from, name) !== undefined);
  if (named === undefined) return null;
  throw new ConfigError(
    `${named} is set, but COUNTERSIGN_SIGNING_KEY is not. Only signed checkpoints prove something elsewhere: set it to the path of a private key.`,
  );
}

function s3Config(from: Environment) {
  const place = read(from, 'COUNTERSIGN_CHECKPOINT_S3');
  const endpoint = read(from, 'COUNTERSIGN_CHECKPOINT_S3_ENDPOINT');
  if (place === undefined) {
    if (endpoint === undefined) return undefined;
    throw new ConfigError(
      'COUNTERSIGN_CHECKPOINT_S3_ENDPOINT is set, but COUNTERSIGN_CHECKPOINT_S3 is not. Set it to a bucket and a prefix, such as "s3://countersign-checkpoints/production".',
    );
  }
  const needed = (name: 'AWS_ACCESS_KEY_ID' | 'AWS_SECRET_ACCESS_KEY') =>
    read.required(from, name, 'COUNTERSIGN_CHECKPOINT_S3 is');
  const [bucket = '', ...prefix] = place.slice('s3://'.length).replace(/\/$/, '').split('/');
  const sessionToken = read(from, 'AWS_SESSION_TOKEN');
  return {
    bucket,
    prefix: prefix.join('/'),
    region: read(from, 'AWS_REGION'),
    ...(endpoint !== undefined && { endpoint }),
    credentials: {
      accessKeyId: needed('AWS_ACCESS_KEY_ID'),
      secretAccessKey: needed('AWS_SECRET_ACCESS_KEY'),
      ...(sessionToken !== undefined && { sessionToken }),
    },
  };
}

function eventConfig(from: Environment) {
  read.requireBoth(from, 'COUNTERSIGN_CHECKPOINT_URL', 'COUNTERSIGN_CHECKPOINT_SECRET');
  const url = read(from, 'COUNTERSIGN_CHECKPOINT_URL');
  const secret = read(from, 'COUNTERSIGN_CHECKPOINT_SECRET');
  return url === undefined || secret === undefined ? undefined : { url, secret };
}
