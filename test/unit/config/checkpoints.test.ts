import { expect, test } from 'vitest';

import { checkpointConfig, ConfigError } from '../../../src/config.ts';

const KEY = { COUNTERSIGN_SIGNING_KEY: 'key.json' };
const BUCKET = {
  COUNTERSIGN_CHECKPOINT_S3: 's3://checkpoints/prod/eu/',
  AWS_ACCESS_KEY_ID: 'AKID',
  AWS_SECRET_ACCESS_KEY: 's3cret',
};
const SECRET = `whsec_${Buffer.alloc(32).toString('base64')}`;
const EVENT = {
  COUNTERSIGN_CHECKPOINT_URL: 'https://log.example.com/c',
  COUNTERSIGN_CHECKPOINT_SECRET: SECRET,
};

test('checkpoints are signed every five minutes where there is a key, and go nowhere else until a place is named', () => {
  expect(checkpointConfig({})).toBeNull();
  expect(checkpointConfig(KEY)).toMatchObject({ everyMs: 300_000, file: undefined, s3: undefined });
  const all = { ...KEY, ...BUCKET, ...EVENT, COUNTERSIGN_CHECKPOINT_FILE: 'c.jws' };
  expect(checkpointConfig({ ...all, COUNTERSIGN_CHECKPOINT_INTERVAL: '30s' })).toEqual({
    everyMs: 30_000,
    file: 'c.jws',
    s3: {
      ...{ bucket: 'checkpoints', prefix: 'prod/eu', region: 'us-east-1' },
      credentials: { accessKeyId: 'AKID', secretAccessKey: 's3cret' },
    },
    event: { url: EVENT.COUNTERSIGN_CHECKPOINT_URL, secret: SECRET },
  });
});

test.each<[string, Record<string, string>, RegExp]>([
  [
    'an interval without a unit',
    { COUNTERSIGN_CHECKPOINT_INTERVAL: '300' },
    /INTERVAL is "300".*such as "30s"/,
  ],
  ['an interval of nothing', { COUNTERSIGN_CHECKPOINT_INTERVAL: '0s' }, /INTERVAL is "0s"/],
  [
    'a bucket that is none',
    { ...BUCKET, COUNTERSIGN_CHECKPOINT_S3: 'https://s3' },
    /S3 is "https:\/\/s3".*s3:\/\//,
  ],
  [
    'a bucket without a key',
    { COUNTERSIGN_CHECKPOINT_S3: 's3://bucket' },
    /^AWS_ACCESS_KEY_ID is not set, but/,
  ],
  [
    'an endpoint alone',
    { COUNTERSIGN_CHECKPOINT_S3_ENDPOINT: 'https://s3.example.com' },
    /CHECKPOINT_S3 is not/,
  ],
  ['a URL without a secret', { COUNTERSIGN_CHECKPOINT_URL: 'https://a.example' }, /_SECRET is not set/],
  [
    'a secret that is none',
    { ...EVENT, COUNTERSIGN_CHECKPOINT_SECRET: 's3cret' },
    /_SECRET is a value, which/,
  ],
  [
    'a place without a signing key',
    { COUNTERSIGN_SIGNING_KEY: '', ...BUCKET },
    /COUNTERSIGN_SIGNING_KEY is not/,
  ],
])('%s is refused by its name, with what to do', (_, change, said) => {
  const read = () => checkpointConfig({ ...KEY, ...change });
  expect(read).toThrow(ConfigError);
  expect(read).toThrow(said);
  expect(read).not.toThrow(/s3cret/);
});
