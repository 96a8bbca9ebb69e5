import { loadClientConnectConfig } from '@temporalio/envconfig';

import type { ClientOptions } from '../client.ts';
import { ConfigError, createReader, environment, nonEmpty, type Environment } from './variables.ts';

const read = createReader({
  COUNTERSIGN_TASK_QUEUE: [
    nonEmpty.default('countersign'),
    'the name of the task queue',
    { by: ['worker', 'gateway', 'the command line'], does: 'the Temporal task queue of workers and clients' },
  ],
});

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

function definedOnly(environment: Environment): Record<string, string> {
  return Object.fromEntries(
    Object.entries(environment).flatMap(([key, value]) => (value === undefined ? [] : [[key, value]])),
  );
}
