import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

import { freePort } from '../../src/cli/temporal/ports.ts';
import { until } from '../../src/testing/wait.ts';

const program = fileURLToPath(new URL('../../node_modules/.bin/steady', import.meta.url));

/** What Steady says of one request: nothing, or each fault it found. */
export interface Verdict {
  status: number;
  faults: string[];
}

export interface Request {
  method: string;
  path: string;
  query?: Record<string, string>;
  body: unknown;
}

export interface Steady {
  check(request: Request): Promise<Verdict>;
  stop(): Promise<void>;
}

/**
 * Starts Steady (https://github.com/dgellow/steady), somebody else's mock server that holds requests against an OpenAPI description.
 *
 * @param description - a file under test/openapi, without its ending.
 */
export async function startSteady(description: string): Promise<Steady> {
  const file = fileURLToPath(new URL(`../openapi/${description}.yaml`, import.meta.url));
  const port = await freePort();
  const child = spawn(
    program,
    [file, '--port', String(port), '--reject-on-sdk-error', '--log=false', '--no-color'],
    { stdio: 'ignore' },
  );
  const ended = once(child, 'exit');
  const url = `http://127.0.0.1:${port}`;
  await until('Steady to listen', async () => {
    if (child.exitCode !== null) throw new Error(`Steady ended with ${child.exitCode}.`);
    return fetch(`${url}/_x-steady/health`).catch(() => null);
  });
  return {
    async check({ method, path, query = {}, body }) {
      const target = new URL(`${url}${path.replace(/^\/v1(?=\/)/, '')}`);
      for (const [name, value] of Object.entries(query)) target.searchParams.set(name, value);
      const response = await fetch(target, {
        method,
        headers: { authorization: 'Bearer test-key', 'content-type': 'application/json' },
        ...(method !== 'GET' && { body: JSON.stringify(body ?? {}) }),
      });
      await response.arrayBuffer();
      const faults = [...response.headers].filter(([name]) => /^x-steady-error-\d+-message$/.test(name));
      return { status: response.status, faults: faults.map(([, message]) => message) };
    },
    async stop() {
      child.kill();
      await ended;
    },
  };
}
