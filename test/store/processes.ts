import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

const CHILD = fileURLToPath(new URL('child.ts', import.meta.url));

export interface Child {
  /** Resolves when the store is open. */
  opened: Promise<void>;
  /** Rejects with what it wrote to stderr unless it ended well. */
  done: Promise<void>;
  /** Lets one that appends begin. */
  go(): void;
  kill(): Promise<void>;
}

/** Starts child.ts. */
export function startChild(url: string, ...task: string[]): Child {
  const child = spawn(process.execPath, ['--conditions=countersign-source', CHILD, url, ...task], {
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  let errors = '';
  child.stderr.on('data', (text: Buffer) => (errors += text.toString()));
  const exited = once(child, 'exit');
  const done = exited.then(([code]) => {
    if (code !== 0) throw new Error(`The child ended with ${String(code)}:\n${errors}`);
  });
  const opened = Promise.race([once(child.stdout, 'data').then(() => undefined), done]);
  // Whoever kills it does not look; whoever looks sees it all the same.
  for (const ending of [opened, done]) ending.catch(() => undefined);
  return {
    opened,
    done,
    go: () => child.stdin.end('go'),
    async kill() {
      child.kill('SIGKILL');
      await exited;
    },
  };
}
