import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import type { Approval } from '../../src/contracts/approval.ts';
import { startTestStack, type TestStack } from '../support/test-stack.ts';
import { until } from '../support/until.ts';

/** The plain programs of examples/, each a process of its own; people are asked through the gateway. */
let running: TestStack;

beforeAll(async () => {
  running = await startTestStack();
});
afterAll(() => running.stop());

const ask = <T>(path: string, body?: unknown): Promise<T> => running.ask<T>(path, body);

const MESSAGE = 'Please refund order A-1042, it arrived broken';

/** Runs an example as a person would. */
function run(file: string, ...messages: string[]) {
  const child = spawn(
    process.execPath,
    [fileURLToPath(new URL(`../../examples/${file}`, import.meta.url)), ...messages],
    {
      env: {
        PATH: process.env.PATH,
        OPENAI_BASE_URL: running.at.simulator!,
        OPENAI_API_KEY: 'simulator',
        DECISIONS_URL: running.at.gateway,
        DECISIONS_API_KEY: running.at.apiKey,
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
    const program = run(file, MESSAGE, 'Thanks');
    await decideRequest({ decision: 'approve', note: 'Seen.' });
    const { code, output } = await program;
    expect(output).toContain('refunded A-1042: 4200 cents');
    expect(output).toMatch(/reply: .*Refunded order A-1042\. Notes: Seen\./);
    expect(output).toContain('reply: Hello! I am the refund desk.');
    expect(code).toBe(0);
  });

  test('does nothing when the answer is no', async () => {
    const program = run(file, MESSAGE);
    await decideRequest({ decision: 'deny' });
    const { code, output } = await program;
    expect(output).not.toContain('refunded');
    expect(output).toMatch(/reply: I did not refund order A-1042\. Decision: denied/);
    expect(code).toBe(0);
  });
});

test('the Assistants example makes its assistant once', async () => {
  expect((await run('assistants-pattern/refund-desk.ts', 'Hello')).output).not.toContain('assistant created');
});
