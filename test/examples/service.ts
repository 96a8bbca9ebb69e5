import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { cp, mkdir, mkdtemp, rename, rm, symlink } from 'node:fs/promises';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

import { inject } from 'vitest';

import { root } from '../docs/markdown.ts';
import { ownEnvironment } from '../support/cli.ts';
import { openClone, USED, type Clone } from './clone.ts';
import { REFUND_DESK } from './desk.ts';

const run = promisify(execFile);

/**
 * A clone in which one example with packages of its own is installed, beside the refund desk that all share. The packages are kept from
 * one run to the next, under the hash of the lockfile, and linked into the copy.
 */
export async function makeServiceClone(example: string): Promise<Clone> {
  const packages = await install(example);
  const folder = await mkdtemp(join(tmpdir(), 'countersign-clone-'));
  for (const name of USED.filter((used) => used !== 'examples')) {
    await symlink(join(root, name), join(folder, name));
  }
  await symlink(join(inject('refundDeskFolder'), '.countersign'), join(folder, '.countersign'));
  const copy = join(folder, 'examples', example);
  await copySources(example, copy);
  await run('cp', ['-al', join(packages, 'node_modules'), copy]).catch(() =>
    run('cp', ['-a', join(packages, 'node_modules'), copy]),
  );
  return openClone(folder, { ...REFUND_DESK, NEXT_TELEMETRY_DISABLED: '1' });
}

/** @returns the folder with `node_modules` as the example's lockfile has them */
async function install(example: string): Promise<string> {
  const lockfile = readFileSync(join(root, 'examples', example, 'package-lock.json'));
  const hash = createHash('sha256').update(lockfile).digest('hex').slice(0, 16);
  const kept = join(homedir(), '.cache', 'countersign', `example-${example}-${hash}`);
  if (existsSync(kept)) return kept;
  await mkdir(join(homedir(), '.cache', 'countersign'), { recursive: true });
  // Beside its place first: what has a name there is whole.
  const folder = await mkdtemp(`${kept}.`);
  try {
    await copySources(example, folder);
    await run('npm', ['ci', '--no-audit', '--no-fund'], { cwd: folder, env: ownEnvironment() });
    await rename(folder, kept);
  } catch (error) {
    await rm(folder, { recursive: true });
    if (!existsSync(kept)) throw error;
  }
  return kept;
}

async function copySources(example: string, to: string): Promise<void> {
  const notCopied = /(^|\/)(node_modules|\.next)(\/|$)/;
  const from = join(root, 'examples', example);
  await cp(from, to, {
    recursive: true,
    filter: (source) => !notCopied.test(source.slice(from.length)),
  });
}
