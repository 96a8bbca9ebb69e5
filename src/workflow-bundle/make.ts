import { existsSync } from 'node:fs';
import { dirname, extname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

import {
  bundleWorkflowCode,
  DefaultLogger,
  type WorkerOptions,
  type WorkflowBundleWithSourceMap,
} from '@temporalio/worker';

/** The bundler reports every file it took; only what went wrong is of interest. */
const QUIET = new DefaultLogger('ERROR');

const entry = fileURLToPath(new URL(`../workflows/index${extname(import.meta.url)}`, import.meta.url));

/** Where `npm run build` puts the bundle, in `dist` only. */
const builtBundlePath = fileURLToPath(new URL('../workflow-bundle.js', import.meta.url));

/** The bundle of our workflows: the build makes it; run from source it is made now, which takes seconds and 130 MB. */
export async function workflowBundle(): Promise<NonNullable<WorkerOptions['workflowBundle']>> {
  return existsSync(builtBundlePath) ? { codePath: builtBundlePath } : makeWorkflowBundle();
}

/**
 * Bundles our workflows so that their modules are loaded once for all of them. By default each workflow that starts loads its
 * own, which costs it time and memory; ours keep no state in a module, and what a module exports is frozen.
 *
 * @param workflowsPath - of workflows/index, compiled or not
 * @param interceptors - modules with interceptors of workflows; they are loaded for each workflow by itself.
 */
export function makeWorkflowBundle(
  workflowsPath = entry,
  interceptors: string[] = [],
): Promise<WorkflowBundleWithSourceMap> {
  const payloadConverterPath = join(dirname(workflowsPath), `payload-converter${extname(workflowsPath)}`);
  return bundleWorkflowCode({
    ...{ workflowsPath, payloadConverterPath },
    preloadModules: [workflowsPath],
    workflowInterceptorModules: interceptors,
    logger: QUIET,
  });
}
