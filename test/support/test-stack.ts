import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { demoApplicationFile } from '../../src/cli/demo/app.ts';
import type { DevFile } from '../../src/cli/files/dev-file.ts';
import { startStack, type Stack } from '../../src/cli/stack.ts';
import { until } from '../../src/testing/wait.ts';

/** Everything as it runs for real: Temporal, simulator, worker and gateway, each a process of its own. */
export interface TestStack {
  stack: Stack;
  at: DevFile;
  /** One request to the gateway, with the key; GET, or POST when there is a body. */
  call(path: string, body?: unknown, headers?: Record<string, string>): Promise<Response>;
  /** Asks the gateway, again and again while it or what is behind it is being started. A repeated POST has the same key. */
  ask<T>(path: string, body?: unknown): Promise<T>;
  /** Asks the simulator's own routes. */
  control(path: string, body?: unknown): Promise<unknown>;
  /** SIGKILL to these processes; resolves when others are there in their place. */
  killAndWait(...names: string[]): Promise<void>;
  stop(): Promise<void>;
}

export async function startTestStack(
  options: { applicationFile?: string; keepsState?: boolean; runTtlSeconds?: number } = {},
): Promise<TestStack> {
  const { applicationFile = demoApplicationFile, keepsState = false, runTtlSeconds = 600 } = options;
  const folder = await mkdtemp(join(tmpdir(), 'countersign-test-'));
  const stack = await startStack({
    ...{ folder, keepsState, applicationFile, runTtlSeconds },
    onProgress: ignore,
    onEvent: ignore,
    onOutput: ignore,
  });
  const at = await stack.describe();

  const call: TestStack['call'] = (path, body, headers = {}) =>
    fetch(`${at.gateway}${path}`, {
      ...toRequest(body, { authorization: `Bearer ${at.apiKey}`, ...headers }),
    });

  return {
    stack,
    at,
    call,
    ask: <T>(path: string, body?: unknown) =>
      until(`an answer of ${path}`, async () => {
        const response = await call(path, body, { 'idempotency-key': path }).catch(() => null);
        return response?.ok ? ((await response.json()) as T) : null;
      }),
    async control(path, body) {
      const response = await fetch(new URL(`/_simulator/${path}`, at.simulator ?? ''), toRequest(body));
      return response.json();
    },
    async killAndWait(...names) {
      const before = (await stack.describe()).pids;
      for (const name of names) stack.kill(name, 'SIGKILL');
      await until(`others in place of ${names.join(', ')}`, async () => {
        const { pids } = await stack.describe();
        return names.every((name) => pids[name] !== undefined && pids[name] !== before[name]) ? true : null;
      });
    },
    async stop() {
      await stack.stop();
      await rm(folder, { recursive: true });
    },
  };
}

function toRequest(body: unknown, headers: Record<string, string> = {}): RequestInit {
  return {
    method: body === undefined ? 'GET' : 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  };
}

function ignore(): void {
  // What the processes say is of interest only when a test fails.
}
