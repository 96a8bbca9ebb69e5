import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';

import type { Environment } from './context.ts';

/** The version that `go install` accepts: later ones have a replace line in their go.mod. */
export const COMPILED_VERSION = 'v1.5.1';
/** The SDK whose default server is downloaded, and whose own downloads are found. Equal to the @temporalio/* dependencies. */
export const SDK_NAME = 'sdk-typescript';
export const SDK_VERSION = '1.24.0';

const EXECUTABLE = process.platform === 'win32' ? 'temporal.exe' : 'temporal';

/** Where this user's caches go on this operating system. */
function cacheFolder(env: Environment): string {
  return join(userCache(env), 'countersign');
}

function userCache(env: Environment): string {
  const home = env.HOME ?? homedir();
  if (env.XDG_CACHE_HOME) return env.XDG_CACHE_HOME;
  if (process.platform === 'darwin') return join(home, 'Library', 'Caches');
  if (process.platform === 'win32') return env.LOCALAPPDATA ?? join(home, 'AppData', 'Local');
  return join(home, '.cache');
}

export function compiledBinary(env: Environment): string {
  return join(cacheFolder(env), `temporal-cli-${COMPILED_VERSION}`, EXECUTABLE);
}

export function downloadedBinary(env: Environment): string {
  return join(cacheFolder(env), `temporal-cli-${SDK_NAME}-${SDK_VERSION}`, EXECUTABLE);
}

/** Where the SDK's TestWorkflowEnvironment keeps its download. */
export function sdkBinary(env: Environment): string {
  const suffix = process.platform === 'win32' ? '.exe' : '';
  return join(env.TMPDIR ?? tmpdir(), `temporal-${SDK_NAME}-${SDK_VERSION}${suffix}`);
}
