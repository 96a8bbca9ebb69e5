import { expect, test } from 'vitest';

import { ConfigError, storeConfig } from '../../../src/config.ts';

test('the store is a file beside the programs unless the environment names another one', () => {
  expect(storeConfig({})).toEqual({ url: 'sqlite:.countersign/store.sqlite' });
  const url = 'postgres://countersign:s3cret@db.example.com:5432/countersign?sslmode=verify-full';
  expect(storeConfig({ COUNTERSIGN_DATABASE_URL: url })).toEqual({ url });
});

test.each(['mysql://ada:s3cret@host/name', 'postgres://ada:s3cret@host', 'sqlite:', '/var/s3cret.sqlite'])(
  'what is no store is refused by its name, with what is allowed, and never shown: %s',
  (url) => {
    const read = () => storeConfig({ COUNTERSIGN_DATABASE_URL: url });
    expect(read).toThrow(ConfigError);
    expect(read).toThrow(
      /^COUNTERSIGN_DATABASE_URL is a value, which is not valid\. Set it to "sqlite:" and the path/,
    );
    expect(read).not.toThrow(/s3cret/);
  },
);
