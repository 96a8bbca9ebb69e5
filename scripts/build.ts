/**
 * Builds `dist`, which is what the package ships: first packages/, then src/, which imports them by name, then the refund desk, which
 * imports `countersign` by the package's own name and so is compiled against the declarations of the step before, then the workflow
 * bundles, so that a worker need not make one at every start.
 */
import { chmodSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { makeWorkflowBundle } from '../src/workflow-bundle/make.ts';
import './build-packages.ts';
import { compile, pointDeclarationsAtJavaScript, root } from './compile.ts';

const dist = join(root, 'dist');

rmSync(dist, { recursive: true, force: true });
compile('tsconfig.build.json');
compile('tsconfig.build.examples.json');
pointDeclarationsAtJavaScript(dist);
chmodSync(join(dist, 'cli', 'main.js'), 0o755);
// For `createWorker`, which looks for it beside itself.
const { code } = await makeWorkflowBundle(join(dist, 'workflows', 'index.js'));
writeFileSync(join(dist, 'workflow-bundle.js'), code);
// For `countersign/testing`, with a clock that can be advanced.
const testing = await makeWorkflowBundle(join(dist, 'workflows', 'index.js'), [
  join(dist, 'testing', 'clock', 'workflow.js'),
]);
writeFileSync(join(dist, 'testing', 'workflow-bundle.js'), testing.code);
