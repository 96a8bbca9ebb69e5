import { mkdir, mkdtemp, readdir, rename, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';

import { waitForLock } from '../files/file-lock.ts';
import type { TemporalContext } from './context.ts';
import { isExecutable, whyUnusable } from './path.ts';

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
  const { env, onProgress, signal } = context;
  const folder = dirname(target);
  const cache = dirname(folder);
  const prefix = `.${basename(folder)}-`;
  await mkdir(cache, { recursive: true });
  const onWait = () => onProgress('Waiting for another process that fetches the Temporal CLI.');
  const lock = await waitForLock(`${folder}.lock`, { signal, onWait });
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
    lock?.release();
  }
}
