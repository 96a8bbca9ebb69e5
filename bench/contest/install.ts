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
  if (await isInstalled(folder)) return;
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

/** Whether it has been installed as the lockfile is now. */
export async function isInstalled(folder: URL): Promise<boolean> {
  const lock = await modifiedAt(new URL('package-lock.json', folder));
  const installed = await modifiedAt(new URL('node_modules/.package-lock.json', folder));
  return installed >= lock;
}

async function modifiedAt(file: URL): Promise<number> {
  return stat(file).then(
    ({ mtimeMs }) => mtimeMs,
    () => 0, // not there
  );
}
