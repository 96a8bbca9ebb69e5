import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, rename, writeFile } from 'node:fs/promises';
import { dirname, extname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { makeWorkflowBundle } from '../workflow-bundle/make.ts';

const extension = extname(import.meta.url);
const here = fileURLToPath(new URL('.', import.meta.url));

/** The workflows' side of the gate's clock. */
const CLOCK_INTERCEPTORS = join(here, 'clock', `workflow${extension}`);

/** Where `npm run build` puts the bundle, in `dist` only. */
const builtBundle = join(here, 'workflow-bundle.js');

/**
 * The workflow bundle whose clock can be advanced. The package has one; from the sources it is made, which takes seconds, and kept under
 * a name that follows from them.
 */
export function testingBundle(): Promise<{ codePath: string }> {
  making ??= findOrMake().catch((error: unknown) => {
    making = undefined;
    throw error;
  });
  return making;
}

/** Gates that are started at once in a process share it. */
let making: Promise<{ codePath: string }> | undefined;

async function findOrMake(): Promise<{ codePath: string }> {
  if (existsSync(builtBundle)) return { codePath: builtBundle };
  const codePath = join(
    here,
    '../../node_modules/.cache/countersign',
    `testing-${await digestOfSources()}.js`,
  );
  if (existsSync(codePath)) return { codePath };
  const { code } = await makeWorkflowBundle(undefined, [CLOCK_INTERCEPTORS]);
  await mkdir(dirname(codePath), { recursive: true });
  // Two processes may do so at once: each writes a whole file, and the last one stays.
  const own = `${codePath}.${process.pid}`;
  await writeFile(own, code);
  await rename(own, codePath);
  return { codePath };
}

/** Of everything the bundle is made of: our sources, and the SDK's version. */
async function digestOfSources(): Promise<string> {
  const src = join(here, '..');
  const hash = createHash('sha256');
  for (const folder of ['workflows', 'contracts', 'testing/clock', 'workflow-bundle']) {
    const names = await readdir(join(src, folder), { recursive: true });
    for (const name of names.filter((file) => file.endsWith('.ts')).sort())
      hash.update(name).update(await readFile(join(src, folder, name)));
  }
  return hash
    .update(await readFile(join(src, '../package.json')))
    .digest('hex')
    .slice(0, 16);
}
