import { describe, expect, test } from 'vitest';

import { descendants, isAlive, startCli } from '../support/cli.ts';
import { until } from '../../src/testing/wait.ts';

/** Runs the demo without a terminal, and proves that nothing of it is left afterwards. */
async function demo(...args: string[]): Promise<string> {
  const command = startCli(['demo', ...args]);
  const pids = await until('the approval', () => {
    if (command.child.exitCode !== null) throw new Error(command.output());
    const isPending = command.output().includes('approval.requested');
    return Promise.resolve(isPending ? descendants(command.child.pid!) : null);
  });
  const { code, stdout, stderr } = await command.finished;
  expect(stderr).toBe('');
  expect(code).toBe(0);
  expect(pids.length).toBeGreaterThanOrEqual(4); // Temporal and its guard, simulator, worker, gateway
  expect(pids.filter(isAlive)).toEqual([]);
  return stdout;
}

describe('the demo', () => {
  test('approve: the refund happens and the assistant says so', async () => {
    const stdout = await demo('--decide', 'approve');
    expect(stdout).toContain('"A-1042"');
    expect(stdout).toContain('/inbox/login?token=');
    expect(stdout).toMatch(/decision\.answered\s+200: applied/);
    expect(stdout).toMatch(/action\.executed\s+refund_order/);
    expect(stdout).toContain('Refunded 42.00 EUR for order A-1042.');
  });

  test('deny: nothing happens', async () => {
    const stdout = await demo('--decide', 'deny');
    expect(stdout).toMatch(/approval\.denied/);
    expect(stdout).toContain('I did not refund order A-1042.');
  });

  test('respond: the assistant passes the person’s words on', async () => {
    const stdout = await demo('--decide', 'respond');
    expect(stdout).toContain('Ask the customer for a photo first');
  });

  test('expire: nobody decides, nothing happens', async () => {
    const stdout = await demo('--decide', 'expire');
    expect(stdout).toMatch(/approval\.expired/);
    expect(stdout).toContain('Timed out. Do not proceed.');
  });

  test('--kill worker: the decision is kept while no worker is up, and carried out once', async () => {
    const stdout = await demo('--decide', 'approve', '--kill', 'worker');
    expect(stdout).toContain('Killed the worker with SIGKILL');
    expect(stdout).toMatch(/decision\.answered\s+202/);
    expect(stdout).toContain('Refunded 42.00 EUR');
  });

  test('--kill gateway: what was pending still is', async () => {
    const stdout = await demo('--decide', 'approve', '--kill', 'gateway');
    expect(stdout).toContain('Killed the gateway with SIGKILL');
    expect(stdout).toContain('Refunded 42.00 EUR');
  });
});
