import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The folder of the repository. */
export const root = fileURLToPath(new URL('..', import.meta.url));

const tsc = createRequire(import.meta.url).resolve('typescript/bin/tsc');

/** Compiles one project; ends the process when it does not compile. */
export function compile(project: string): void {
  const { status, error } = spawnSync(process.execPath, [tsc, '--project', project], {
    cwd: root,
    stdio: 'inherit',
  });
  if (error !== undefined) throw error;
  if (status === 0) return;
  console.error(`The build ended: ${project} does not compile.`);
  process.exit(1);
}

/**
 * tsc rewrites `.ts` in the paths of imports in JavaScript but leaves them alone in declarations. It finds those itself;
 * other tools that read declarations look for the file as it is named.
 */
export function pointDeclarationsAtJavaScript(dist: string): void {
  const relativeImport = /(\b(?:from|import)\s*\(?\s*)(['"])(\.{1,2}\/[^'"]+)\.ts\2/g;
  for (const name of readdirSync(dist, { recursive: true, encoding: 'utf8' })) {
    if (!name.endsWith('.d.ts')) continue;
    const file = join(dist, name);
    writeFileSync(file, readFileSync(file, 'utf8').replaceAll(relativeImport, '$1$2$3.js$2'));
  }
}
