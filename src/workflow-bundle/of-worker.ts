import { existsSync } from 'node:fs';
import { rename, writeFile } from 'node:fs/promises';

import type { WorkerOptions } from '@temporalio/worker';
import { workflowBundle } from './make.ts';

/**
 * The workflow bundle in `file`, made and put there by the first worker that finds none, so that a worker that is started again
 * after a kill is back seconds earlier. Whoever names a file removes it when the workflow code may have changed.
 */
export async function keptBundle(file: string): Promise<NonNullable<WorkerOptions['workflowBundle']>> {
  if (existsSync(file)) return { codePath: file };
  const bundle = await workflowBundle();
  if ('codePath' in bundle) return bundle; // the package has one of its own
  // Two workers may do so at once: each writes a whole file, and the last one stays.
  const own = `${file}.${process.pid}`;
  await writeFile(own, bundle.code);
  await rename(own, file);
  return { codePath: file };
}
