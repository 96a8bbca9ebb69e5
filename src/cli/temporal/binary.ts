import { stat } from 'node:fs/promises';

import { compiledBinary, downloadedBinary, sdkBinary } from './cache.ts';
import { compileTemporal } from './compile.ts';
import type { Environment, TemporalContext } from './context.ts';
import { downloadTemporal } from './download.ts';
import { reasonOf, TemporalServerError } from './error.ts';
import { findOnPath, isExecutable, whyUnusable } from './path.ts';

export type BinarySource = 'path' | 'cache' | 'download' | 'compiled';

export interface TemporalBinary {
  file: string;
  source: BinarySource;
}

interface Way {
  source: BinarySource;
  name: string;
  /** @returns the file @throws Error with the reason why this way is closed */
  find: () => Promise<string>;
}

/**
 * Finds a Temporal CLI or gets one: on PATH, in a cache, by download, by compiling.
 *
 * @throws TemporalServerError that lists every way with the reason why it failed, and what to do
 */
export async function obtainTemporal(
  context: TemporalContext,
  downloadUrl?: string,
): Promise<TemporalBinary> {
  const { env, onProgress, signal } = context;
  const ways: Way[] = [
    { source: 'path', name: '"temporal" on PATH', find: () => onPath(env) },
    { source: 'cache', name: 'an earlier download or compilation', find: () => cached(env) },
    {
      source: 'download',
      name: 'download',
      find: () => downloadTemporal(context, downloadUrl),
    },
    { source: 'compiled', name: 'compile with Go', find: () => compileTemporal(context) },
  ];
  const closed = ['TEMPORAL_ADDRESS: not set'];
  for (const { source, name, find } of ways) {
    try {
      const file = await find();
      onProgress(`Using ${file}`);
      return { file, source };
    } catch (error) {
      signal.throwIfAborted();
      closed.push(`${name}: ${reasonOf(error)}`);
    }
  }
  throw new TemporalServerError(
    [
      'No Temporal server: none is running for us, and none could be started. Tried:',
      ...closed.map((line) => `  - ${line}`),
      'Any one of these helps:',
      '  1. Set TEMPORAL_ADDRESS to a running server, such as 127.0.0.1:7233.',
      '  2. Install the Temporal CLI (https://docs.temporal.io/cli) so that "temporal" is on PATH.',
      '  3. Install Go (https://go.dev/dl): the CLI is then compiled once, in 2 to 3 minutes.',
    ].join('\n'),
  );
}

async function onPath(env: Environment): Promise<string> {
  const file = await findOnPath('temporal', env);
  if (file === null) throw new Error('not there');
  return usable(file, env);
}

async function cached(env: Environment): Promise<string> {
  const reasons: string[] = [];
  for (const file of [downloadedBinary(env), compiledBinary(env), sdkBinary(env)]) {
    if (!(await isExecutable(file))) continue;
    try {
      if (file === sdkBinary(env)) await checkOwner(file);
      return await usable(file, env);
    } catch (error) {
      reasons.push(reasonOf(error));
    }
  }
  throw new Error(reasons.join('; ') || `nothing in ${compiledBinary(env)} or ${sdkBinary(env)}`);
}

async function usable(file: string, env: Environment): Promise<string> {
  const unusable = await whyUnusable(file, env);
  if (unusable !== null) throw new Error(unusable);
  return file;
}

/** The SDK's cache is the temp folder, where anyone on the machine may have put a file of that name. */
async function checkOwner(file: string): Promise<void> {
  if (process.getuid === undefined) return;
  const { uid, mode } = await stat(file);
  if (uid !== process.getuid() && uid !== 0) throw new Error(`${file} belongs to another user`);
  if ((mode & 0o022) !== 0) throw new Error(`${file} can be changed by other users`);
}
