import { Client, Connection } from '@temporalio/client';

import { RETRIES } from '../../client/retries.ts';
import { noServerAt, DEFAULT_ADDRESS } from '../../client/temporal-unavailable.ts';
import { environment, temporalConfig } from '../../config.ts';
import { readDevFile } from '../files/dev-file.ts';

/** Runs something with Temporal itself; where it is, is said as for every command (session.ts). */
export async function withTemporal<T>(work: (client: Client, taskQueue: string) => Promise<T>): Promise<T> {
  const dev = environment.TEMPORAL_ADDRESS ? null : await readDevFile();
  const settings = dev === null ? environment : { ...environment, TEMPORAL_ADDRESS: dev.temporal };
  const { connection: options, namespace, taskQueue } = temporalConfig(settings);
  const connection = await Connection.connect({
    connectTimeout: 5_000,
    interceptors: RETRIES,
    ...options,
  }).catch((error: unknown) => {
    throw noServerAt(options.address ?? DEFAULT_ADDRESS, error);
  });
  try {
    return await work(new Client({ connection, namespace }), taskQueue);
  } finally {
    await connection.close();
  }
}
