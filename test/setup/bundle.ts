import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { bundleWorkflowCode } from '@temporalio/worker';
import type { TestProject } from 'vitest/node';

import { workflowsPath } from '../../src/worker.ts';

declare module 'vitest' {
  interface ProvidedContext {
    workflowBundlePath: string;
  }
}

/** The workflow bundle, made once for all workers of the test run. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const folder = await mkdtemp(join(tmpdir(), 'countersign-bundle-'));
  const quiet = {
    trace: ignore,
    debug: ignore,
    info: ignore,
    log: ignore,
    warn: ignore,
    error: complain,
  };
  const { code } = await bundleWorkflowCode({ workflowsPath, logger: quiet });
  const path = join(folder, 'workflow-bundle.js');
  await writeFile(path, code);
  project.provide('workflowBundlePath', path);
  return () => rm(folder, { recursive: true });
}

function complain(message: string): void {
  process.stderr.write(`${message}\n`);
}

function ignore(): void {
  // Only errors of the bundler are worth a test run's attention.
}
