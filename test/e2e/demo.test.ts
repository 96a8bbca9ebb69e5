import { describe, expect, test } from 'vitest';

import { descendants, isAlive, startCli } from '../support/cli.ts';

/** Runs the demo without a terminal, and proves that nothing of it is left afterwards. */
async function demo(...args: string[]): Promise<string> {
  const command = startCli(['demo', ...args]);
  await command.says('approval.requested');
  const pids = descendants(command.child.pid!);
  const { code, stdout, stderr } = await command.finished;
  expect(stderr).toBe('');
  expect(code).toBe(0);
  expect(pids.length).toBeGreaterThanOrEqual(4); // Temporal and its guard, simulator, worker, gateway
  expect(pids.filter(isAlive)).toEqual([]);
  return stdout;
}

describe('the demo', () => {
  test('approve, --kill worker: the decision is kept while no worker is up, and carried out once', async () => {
    const stdout = await demo('--decide', 'approve', '--kill', 'worker');
    expect(stdout).toContain('"A-1042"');
    expect(stdout).toContain('/inbox/login?token=');
    expect(stdout).toContain('Killed the worker with SIGKILL');
    expect(stdout).toMatch(/decision\.answered\s+202/);
    expect(stdout.match(/action\.executed\s+refund_order/g)).toHaveLength(1);
    expect(stdout).toContain('Refunded 42.00 EUR for order A-1042.');
    expect(stdout).toMatch(
      /Receipt {7}5 entries, signed, verified offline\n +requested, voted by .+, settled, started, executed\n/,
    );
  });

  test('deny, --kill gateway: what was pending still is, and nothing happens', async () => {
    const stdout = await demo('--decide', 'deny', '--kill', 'gateway');
    expect(stdout).toContain('Killed the gateway with SIGKILL');
    expect(stdout).toMatch(/decision\.answered\s+200: applied/);
    expect(stdout).toMatch(/approval\.denied/);
    expect(stdout).toContain('I did not refund order A-1042.');
    expect(stdout).toMatch(/3 entries, signed, verified offline\n +requested, voted by .+, settled\n/);
  });

  test('expire: nobody decides, nothing happens', async () => {
    const stdout = await demo('--decide', 'expire');
    expect(stdout).toMatch(/approval\.expired/);
    expect(stdout).toContain('Timed out. Do not proceed.');
    expect(stdout).toMatch(/2 entries, signed, verified offline\n +requested, expired\n/);
  });
});
