import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import { demoApplicationFile } from '../../src/cli/demo-app.ts';
import type { DevFile } from '../../src/cli/dev-file.ts';
import { startStack, type Stack } from '../../src/cli/stack.ts';
import type { Approval } from '../../src/contracts/approval.ts';
import { until } from '../support/until.ts';

/** The plain programs of examples/, each a process of its own; people are asked through the gateway. */
let folder: string;
let stack: Stack;
let at: DevFile;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'countersign-test-'));
  stack = await startStack({
    folder,
    keepsState: false,
    freePorts: true,
    applicationFile: demoApplicationFile,
    runTtlSeconds: 600,
    onProgress: ignore,
    onEvent: ignore,
    onOutput: ignore,
  });
  at = await stack.describe();
}, 400_000);
afterAll(async () => {
  await stack.stop();
  await rm(folder, { recursive: true });
}, 120_000);
function ignore(): void {
  // What the processes say is of interest only when a test fails.
}

/** Asks the gateway, again and again while what is behind it is being started. */
async function ask<T>(path: string, body?: unknown): Promise<T> {
  return until(`an answer of ${path}`, async () => {
    const response = await fetch(`${at.gateway}${path}`, {
      method: body === undefined ? 'GET' : 'POST',
      headers: {
        authorization: `Bearer ${at.apiKey}`,
        'content-type': 'application/json',
        'idempotency-key': path,
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    }).catch(() => null);
    return response?.ok ? ((await response.json()) as T) : null;
  });
}

const MESSAGE = 'Please refund order A-1042, it arrived broken';

/** Runs an example as a person would. */
function run(file: string, ...messages: string[]) {
  const child = spawn(
    process.execPath,
    [fileURLToPath(new URL(`../../examples/${file}`, import.meta.url)), ...messages],
    {
      env: {
        PATH: process.env.PATH,
        OPENAI_BASE_URL: at.simulator!,
        OPENAI_API_KEY: 'simulator',
        DECISIONS_URL: at.gateway,
        DECISIONS_API_KEY: at.apiKey,
      },
      stdio: ['ignore', 'pipe', 'pipe'],
    },
  );
  let output = '';
  child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (output += chunk.toString()));
  return once(child, 'close').then(([code]) => ({ code: code as number | null, output }));
}

async function decideRequest(decision: object): Promise<void> {
  const { approvalId } = await until('the question', async () => {
    const { approvals } = await ask<{ approvals: Approval[] }>('/v1/approvals?tool=request');
    return approvals.find(({ status }) => status === 'pending') ?? null;
  });
  await ask(`/v1/approvals/${approvalId}/decision`, decision);
  await until('the list to know', async () => {
    const { approvals } = await ask<{ approvals: Approval[] }>('/v1/approvals?tool=request');
    return approvals.some((approval) => approval.approvalId === approvalId) ? null : true;
  });
}

describe.each(['chat-pattern/refund-desk.ts', 'assistants-pattern/refund-desk.ts'])('examples/%s', (file) => {
  test('carries out what a person approves, and goes on with the conversation', async () => {
    const running = run(file, MESSAGE, 'Thanks');
    await decideRequest({ decision: 'approve', note: 'Seen.' });
    const { code, output } = await running;
    expect(output).toContain('refunded A-1042: 4200 cents');
    expect(output).toMatch(/reply: .*Refunded order A-1042\. Notes: Seen\./);
    expect(output).toContain('reply: Hello! I am the refund desk.');
    expect(code).toBe(0);
  });

  test('does nothing when the answer is no', async () => {
    const running = run(file, MESSAGE);
    await decideRequest({ decision: 'deny' });
    const { code, output } = await running;
    expect(output).not.toContain('refunded');
    expect(output).toMatch(/reply: I did not refund order A-1042\. Decision: denied/);
    expect(code).toBe(0);
  });
});

test('the Assistants example makes its assistant once', async () => {
  expect((await run('assistants-pattern/refund-desk.ts', 'Hello')).output).not.toContain('assistant created');
});
