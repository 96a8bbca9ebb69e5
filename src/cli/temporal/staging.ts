import { mkdir, mkdtemp, readdir, rename, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

import type { TemporalContext } from './context.ts';
import { tryLock, type FileLock } from './lock.ts';
import { isExecutable, whyUnusable } from './path.ts';

const LOCK_POLL_MS = 500;

/**
 * Makes a binary of the cache folder appear whole or not at all: it is made in a folder of its own and moved when it has
 * proved to run. A lock lets a second process wait for the first; what a killed process left is removed by the next.
 *
 * @param make puts the binary somewhere under the folder it is given, and returns its path
 */
export async function stage(options: {
  target: string;
  context: TemporalContext;
  make: (folder: string) => Promise<string>;
}): Promise<string> {
  const { target, context } = options;
  const { env } = context;
  const folder = dirname(target);
  const cache = dirname(folder);
  const prefix = `.${basename(folder)}-`;
  await mkdir(cache, { recursive: true });
  const lock = await takeLock(`${folder}.lock`, context);
  try {
    if ((await isExecutable(target)) && (await whyUnusable(target, env)) === null) return target;
    for (const name of await readdir(cache)) {
      if (name.startsWith(prefix)) await rm(join(cache, name), { recursive: true, force: true });
    }
    const staging = await mkdtemp(join(cache, prefix));
    try {
      const made = await options.make(staging);
      const unusable = await whyUnusable(made, env);
      if (unusable !== null) throw new Error(unusable);
      await mkdir(folder, { recursive: true });
      await rename(made, target);
      return target;
    } finally {
      await rm(staging, { recursive: true, force: true });
    }
  } finally {
    lock.release();
  }
}

async function takeLock(file: string, { onProgress, signal }: TemporalContext): Promise<FileLock> {
  for (let first = true; ; first = false) {
    const lock = tryLock(file);
    if (lock !== null) return lock;
    if (first) onProgress('Waiting for another process that fetches the Temporal CLI.');
    await delay(LOCK_POLL_MS, undefined, { signal });
  }
}
