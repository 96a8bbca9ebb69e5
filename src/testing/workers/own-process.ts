import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { extname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { toEffects, type EffectNote } from '../effects.ts';
import { readEntries } from '../journal.ts';
import { TestingError } from '../production.ts';
import type { FromWorker, ToWorker, WorkerTask } from './process-messages.ts';
import type { GateWorker, WorkerPlace } from './worker.ts';

const extension = extname(import.meta.url);
const entry = fileURLToPath(new URL(`./worker-process${extension}`, import.meta.url));

const LINES_SHOWN = 20;

/**
 * A worker in a process of its own, which loads the application from its file. `kill` is SIGKILL. What its tools did is read from a
 * file that they write to before anything else happens, so a killed one has told of all it began.
 */
export async function createOwnProcessWorker(
  applicationFile: string,
  place: WorkerPlace,
): Promise<GateWorker> {
  const { temporal, provider, bundle, clock, storeUrl, mail, events } = place;
  const folder = await mkdtemp(join(tmpdir(), 'countersign-gate-'));
  const effectsFile = join(folder, 'effects.ndjson');
  let child: ChildProcess | undefined;
  let asked = 0;

  return {
    isUp: () => child !== undefined,
    async start() {
      const task: WorkerTask = {
        ...{ applicationFile, effectsFile, temporal, provider, storeUrl, mail, events },
        ...{ bundle: bundle.codePath, aheadMs: clock.aheadMs() },
      };
      const launched = await launch(task, place.onStart);
      child = launched;
      // One that ends by itself is not up any more, and nobody waits for its end again.
      launched.once('exit', () => {
        if (child === launched) child = undefined;
      });
    },
    stop,
    async close() {
      await stop();
      await rm(folder, { recursive: true, force: true });
    },
    async kill() {
      const killed = child;
      child = undefined;
      if (killed === undefined) return;
      const gone = once(killed, 'exit');
      killed.kill('SIGKILL');
      await gone;
    },
    async tellClock() {
      const told = child;
      if (told === undefined) return;
      const id = (asked += 1);
      const heard = new Promise<void>((resolve) => {
        const listen = (message: FromWorker): void => {
          if (message.type !== 'clock' || message.id !== id) return;
          told.off('message', listen);
          resolve();
        };
        told.on('message', listen);
        told.once('exit', () => resolve());
      });
      told.send({ type: 'clock', id, aheadMs: clock.aheadMs() } satisfies ToWorker, () => undefined); // its exit is heard
      await heard;
    },
    effects: () => toEffects(readEntries<EffectNote>(effectsFile)),
  };

  async function stop(): Promise<void> {
    const stopping = child;
    child = undefined;
    if (stopping === undefined) return;
    const gone = once(stopping, 'exit');
    stopping.kill('SIGTERM');
    await gone;
  }
}

/** @throws TestingError with the last lines it wrote, when it ends before it works. */
async function launch(task: WorkerTask, onStart: (workflowId: string) => void): Promise<ChildProcess> {
  const fromSource = extension === '.ts' ? ['--conditions=countersign-source'] : [];
  const child = fork(entry, [JSON.stringify(task)], {
    execArgv: [...fromSource],
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  });
  const lines: string[] = [];
  for (const stream of [child.stdout, child.stderr])
    stream?.on('data', (chunk: Buffer) => {
      lines.push(...chunk.toString().split('\n').filter(Boolean));
      lines.splice(0, lines.length - LINES_SHOWN);
    });
  await new Promise<void>((resolve, reject) => {
    child.on('message', (message: FromWorker) => {
      if (message.type === 'started') onStart(message.workflowId);
      if (message.type === 'ready') resolve();
      if (message.type === 'failed') reject(new TestingError(message.reason));
    });
    child.on('error', reject);
    child.once('exit', (code, signal) => {
      const how = signal ?? `exit code ${String(code)}`;
      reject(
        new TestingError(`The gate's worker ended with ${how}. The last it wrote:\n${lines.join('\n')}`),
      );
    });
  });
  return child;
}
