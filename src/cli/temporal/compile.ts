import { stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';

import { compiledBinary, COMPILED_VERSION } from './cache.ts';
import type { TemporalContext } from './context.ts';
import { spawnGuarded } from './guarded.ts';
import { findOnPath } from './path.ts';
import { stage } from './staging.ts';

const PACKAGE = `github.com/temporalio/cli/cmd/temporal@${COMPILED_VERSION}`;
const PROGRESS_EVERY_MS = 5_000;
const GRACE_MS = 2_000;

/**
 * Compiles the CLI into the cache folder: two to three minutes once, about 250 MB.
 *
 * @returns the file
 * @throws Error with the reason, when there is no Go or it fails
 */
export async function compileTemporal(context: TemporalContext): Promise<string> {
  const { env, onProgress } = context;
  const go = await findOnPath('go', env);
  if (go === null) throw new Error('no "go" on PATH');
  const target = compiledBinary(env);
  const make = async (folder: string) => {
    await goInstall(go, folder, context);
    const file = join(folder, basename(target));
    const { size } = await stat(file);
    onProgress(`Compiled the Temporal CLI: ${Math.round(size / 1e6)} MB, kept in ${dirname(target)}`);
    return file;
  };
  return stage({ target, context, make });
}

async function goInstall(
  go: string,
  gobin: string,
  { env, onProgress, signal: aborted }: TemporalContext,
): Promise<void> {
  const startedAt = Date.now();
  const counts = { downloaded: 0, compiled: 0 };
  let current = 'starting';
  const report = () => {
    const seconds = Math.round((Date.now() - startedAt) / 1000);
    onProgress(
      `Compiling the Temporal CLI ${COMPILED_VERSION} (once, 2 to 3 minutes): ${seconds} s, ` +
        `${counts.downloaded} modules fetched, ${counts.compiled} packages compiled, now ${current}`,
    );
  };
  report();
  const timer = setInterval(report, PROGRESS_EVERY_MS);
  try {
    const compile = await spawnGuarded({
      command: go,
      args: ['install', '-v', PACKAGE],
      // Go refuses GOBIN when it compiles for another machine.
      env: { ...env, GOBIN: gobin, GOOS: undefined, GOARCH: undefined },
      graceMs: GRACE_MS,
      onLine: (line) => {
        if (line.startsWith('go: downloading ')) counts.downloaded += 1;
        else counts.compiled += 1;
        current = line.replace(/^go: /, '');
      },
    });
    aborted.addEventListener('abort', () => void compile.stop());
    if (aborted.aborted) void compile.stop();
    const { code, signal, output } = await compile.exited;
    aborted.throwIfAborted();
    if (code !== 0) {
      const how = signal ?? `exit code ${String(code)}`;
      throw new Error(`go install ${PACKAGE} failed (${how}): ${output.slice(-3).join(' · ')}`);
    }
  } finally {
    clearInterval(timer);
  }
}
