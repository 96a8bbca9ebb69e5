import { spawnSync } from 'node:child_process';

import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import { startGate, type Gate } from '../../src/testing/gate.ts';
import { scenario } from './refunds.ts';

const finance = { as: 'grace', groups: ['finance'] };

describe('an application given as a file has a worker process of its own', () => {
  let gate: Gate;
  beforeAll(async () => {
    const app = new URL('./refunds.ts', import.meta.url);
    gate = await startGate({ app, scenario, patience: '45s' });
  });
  afterAll(() => gate.close());

  test('killed with SIGKILL, it leaves the question open, and another worker carries out what is decided', async () => {
    const turn = await gate.say('Refund A-1042');
    const card = await turn.asked('refund_order');
    await gate.kill('worker', { restart: false });
    expect(await card.approve(finance)).toMatchObject({ outcome: 'accepted' });
    await gate.restart('worker');
    expect(await turn.reply()).toBe('Refunded A-1042.');
    expect(gate.effects('refund_order')).toMatchObject([
      { idempotencyKey: card.approvalId, outcome: 'returned' },
    ]);
  });

  test('a worker process that has ended by itself is seen to be gone, and may be killed, restarted and left', async () => {
    const app = new URL('./ends-by-itself.ts', import.meta.url);
    await using other = await startGate({ app, scenario, patience: '45s' });
    const turn = await other.say('Refund A-1042');
    const card = await turn.asked('refund_order');
    await card.approve(finance);
    await expect.poll(() => other.effects('refund_order')).toHaveLength(1);
    await other.kill('worker', { restart: false });
  });

  test('changes of the worker that come at once follow each other: none is lost, and close waits for them', async () => {
    const app = new URL('./refunds.ts', import.meta.url);
    const other = await startGate({ app, scenario });
    const changing = Promise.all([other.kill('worker'), other.kill('worker'), other.restart('worker')]);
    await other.close();
    await changing;
    const { stdout } = spawnSync('ps', ['-o', 'args=', '--ppid', String(process.pid)], { encoding: 'utf8' });
    const workers = stdout.split('\n').filter((line) => line.includes('worker-process'));
    expect(workers.filter((line) => line.includes(other.taskQueue))).toEqual([]);
  });

  test('its clock moves, too', async () => {
    const turn = await gate.say('Refund A-1042');
    const card = await turn.asked();
    await gate.advance('29d');
    await card.approve(finance);
    expect(await (await turn.continuation()).reply()).toContain('Refunded A-1042.');
    const later = await gate.say('Refund A-1042');
    expect((await later.asked()).deadline!.getTime()).toBeGreaterThan(Date.now() + 58 * 86_400_000);
  });
});

test('a file that is none of an application is told in one sentence', async () => {
  const app = new URL('./nowhere.config.ts', import.meta.url);
  await expect(startGate({ app })).rejects.toThrow(/There is no application file .*nowhere\.config\.ts/);
});
