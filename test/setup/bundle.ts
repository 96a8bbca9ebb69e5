import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import type { TestProject } from 'vitest/node';

import { makeWorkflowBundle } from '../../src/workflow-bundle/make.ts';

declare module 'vitest' {
  interface ProvidedContext {
    workflowBundlePath: string;
  }
}

/** The workflow bundle, made once for all workers of the test run. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const folder = await mkdtemp(join(tmpdir(), 'countersign-bundle-'));
  const { code } = await makeWorkflowBundle();
  const path = join(folder, 'workflow-bundle.js');
  await writeFile(path, code);
  project.provide('workflowBundlePath', path);
  return () => rm(folder, { recursive: true });
}
