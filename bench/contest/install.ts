import { execFile } from 'node:child_process';
import { stat } from 'node:fs/promises';
import { promisify } from 'node:util';

/**
 * Installs what a peer's lockfile names, unless that is done. No install scripts run: none of the packages needs one, and
 * some report home.
 *
 * @throws Error with the last words of npm
 */
export async function install(folder: URL): Promise<void> {
  const lock = await modifiedAt(new URL('package-lock.json', folder));
  const installed = await modifiedAt(new URL('node_modules/.package-lock.json', folder));
  if (installed >= lock) return;
  try {
    await promisify(execFile)('npm', ['ci', '--ignore-scripts', '--no-audit', '--no-fund'], { cwd: folder });
  } catch (error) {
    const { stderr = '' } = error as { stderr?: string };
    const words = stderr
      .split('\n')
      .filter((line) => line.startsWith('npm error'))
      .slice(0, 3)
      .join(' ');
    throw new Error(`npm ci failed: ${words || String(error)}`, { cause: error });
  }
}

async function modifiedAt(file: URL): Promise<number> {
  return stat(file).then(
    ({ mtimeMs }) => mtimeMs,
    () => 0, // not there
  );
}
