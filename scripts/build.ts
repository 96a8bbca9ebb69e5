/**
 * Builds `dist`, which is what the package ships: first src/, then the refund desk, which imports `countersign` by the
 * package's own name and so is compiled against the declarations the first step made, then the workflow bundle, so that a worker
 * need not make it at every start.
 */
import { spawnSync } from 'node:child_process';
import { chmodSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { makeWorkflowBundle } from '../src/workflow-bundle/make.ts';

const root = fileURLToPath(new URL('..', import.meta.url));
const dist = join(root, 'dist');
const tsc = createRequire(import.meta.url).resolve('typescript/bin/tsc');

rmSync(dist, { recursive: true, force: true });
compile('tsconfig.build.json');
compile('tsconfig.build.examples.json');
pointDeclarationsAtJavaScript();
chmodSync(join(dist, 'cli', 'main.js'), 0o755);
await bundleWorkflows();

function compile(project: string): void {
  const { status, error } = spawnSync(process.execPath, [tsc, '--project', project], {
    cwd: root,
    stdio: 'inherit',
  });
  if (error !== undefined) throw error;
  if (status === 0) return;
  console.error(`The build ended: ${project} does not compile.`);
  process.exit(1);
}

/** For `createWorker`, which looks for it beside itself. */
async function bundleWorkflows(): Promise<void> {
  const { code } = await makeWorkflowBundle(join(dist, 'workflows', 'index.js'));
  writeFileSync(join(dist, 'workflow-bundle.js'), code);
}

/**
 * tsc rewrites `.ts` in the paths of imports in JavaScript but leaves them alone in declarations. It finds those itself;
 * other tools that read declarations look for the file as it is named.
 */
function pointDeclarationsAtJavaScript(): void {
  const relativeImport = /(\b(?:from|import)\s*\(?\s*)(['"])(\.{1,2}\/[^'"]+)\.ts\2/g;
  for (const name of readdirSync(dist, { recursive: true, encoding: 'utf8' })) {
    if (!name.endsWith('.d.ts')) continue;
    const file = join(dist, name);
    writeFileSync(file, readFileSync(file, 'utf8').replaceAll(relativeImport, '$1$2$3.js$2'));
  }
}
