import { spawn } from 'node:child_process';

import { expect, test } from 'vitest';

import { follow } from '../support/cli.ts';

/** Makes garbage in two threads, becomes idle, and prints how many heaps were collected and what memory is left, in MB. */
const PROGRAM = `
import { Worker } from 'node:worker_threads';
import { collectWhenIdle } from ${JSON.stringify(new URL('../../src/cli/worker-memory.ts', import.meta.url).href)};
let most = 0;
const end = collectWhenIdle({
  lookEveryMs: 500,
  idleShare: 0.5,
  onCollected: (heaps) => {
    end();
    console.log(JSON.stringify({ heaps, beforeMb: most / 2 ** 20, afterMb: process.memoryUsage().rss / 2 ** 20 }));
    void other.terminate();
  },
  onFailed: (error) => { throw error; },
});
const other = new Worker(\`
  let kept = Array.from({ length: 2_000_000 }, (_, i) => ({ i }));
  setTimeout(() => { kept = null; process.getBuiltinModule('node:worker_threads').parentPort.postMessage('idle'); }, 0);
  setInterval(() => {}, 1_000);
\`, { eval: true });
let kept = Array.from({ length: 2_000_000 }, (_, i) => ({ i }));
await new Promise((resolve) => other.once('message', resolve));

while (process.cpuUsage().user < 2_000_000) kept = [kept.length]; // work enough for a collection to be due
most = process.memoryUsage().rss;
`;

test('a process that has become idle gives back the garbage of all its threads', async () => {
  const args = ['--input-type=module', '--eval', PROGRAM];
  const { code, stdout, stderr } = await follow(spawn(process.execPath, args)).finished;
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  const { heaps, beforeMb, afterMb } = JSON.parse(stdout) as Record<string, number>;
  expect(heaps).toBe(2);
  // Two million objects of each thread are some 100 MB, all of it garbage.
  expect(afterMb).toBeLessThan((beforeMb ?? 0) - 50);
});
