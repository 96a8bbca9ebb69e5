import { open } from 'node:fs/promises';

import { checkpointConfig, ConfigError } from '../../config.ts';
import { eventSink, fileSink, s3Sink } from '../../gateway/app.ts';

/** How often checkpoints are signed, and the places that the environment names; undefined when nothing signs. */
export async function loadCheckpoints() {
  const config = checkpointConfig();
  if (config === null) return undefined;
  const { everyMs, file, s3, event } = config;
  if (file !== undefined) await requireWritable(file);
  return {
    everyMs,
    sinks: [
      ...(file === undefined ? [] : [fileSink(file)]),
      ...(s3 === undefined ? [] : [s3Sink(s3)]),
      ...(event === undefined ? [] : [eventSink(event)]),
    ],
  };
}

/** A bucket or a service may be down for a while; a path that is wrong stays wrong. */
async function requireWritable(file: string): Promise<void> {
  try {
    await (await open(file, 'a', 0o600)).close();
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown error';
    throw new ConfigError(
      `COUNTERSIGN_CHECKPOINT_FILE: ${file} cannot be written (${code}). Name a file in a folder that exists and that this process may write to.`,
    );
  }
}
