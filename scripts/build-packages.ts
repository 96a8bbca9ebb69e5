/** Builds `dist` of each of packages/: what `countersign` depends on by name, and what each ships. */
import { chmodSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';

import { compile, pointDeclarationsAtJavaScript, root } from './compile.ts';

for (const name of readdirSync(join(root, 'packages'))) {
  const folder = join(root, 'packages', name);
  rmSync(join(folder, 'dist'), { recursive: true, force: true });
  compile(join('packages', name, 'tsconfig.build.json'));
  pointDeclarationsAtJavaScript(join(folder, 'dist'));
  const { bin = {} } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as {
    bin?: Record<string, string>;
  };
  for (const program of Object.values(bin)) chmodSync(join(folder, program), 0o755);
}
