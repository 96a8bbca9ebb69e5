import { z } from 'zod';

import { parseDatabaseUrl, URL_RULE } from '../contracts/database-url.ts';
import { createReader, environment, type Environment } from './variables.ts';

const read = createReader({
  COUNTERSIGN_DATABASE_URL: [
    z
      .string()
      .refine((text) => parseDatabaseUrl(text) !== undefined)
      .default('sqlite:.countersign/store.sqlite'),
    URL_RULE,
    {
      by: ['worker', 'gateway', 'the command line'],
      does: 'the store: the record, the index for lists, people and sessions',
    },
  ],
});

/** Where the store is, as `openStore` takes it. */
export function storeConfig(from: Environment = environment): { url: string } {
  return { url: read(from, 'COUNTERSIGN_DATABASE_URL') };
}
