import { setTimeout as sleep } from 'node:timers/promises';

import { expect, test } from 'vitest';

import { startDispatcher } from '../../../src/notices/dispatch.ts';
import type { Outbox, OutboxRow } from '../../../src/store/outbox.ts';

/** An outbox in memory that remembers when it was looked into. */
function memoryOutbox() {
  const rows: OutboxRow[] = [];
  const looks: number[] = [];
  const outbox: Outbox = {
    take() {
      looks.push(performance.now());
      return Promise.resolve([...rows]);
    },
    done(numbers) {
      for (const number of numbers) rows.splice(rows.findIndex((row) => row.number === number) >>> 0, 1);
      return Promise.resolve();
    },
    ...{ putBack: () => Promise.resolve(), put: () => Promise.resolve() },
    waiting: () => Promise.resolve({ count: rows.length, oldestMs: null }),
  };
  const add = (number: number): void =>
    void rows.push({
      ...{ number, tenant: 'acme', approvalId: `a${number}`, entryId: `e${number}`, about: {}, attempts: 1 },
    });
  return { outbox, looks, add };
}

test('news waits a moment, so that the work that made it goes first, and what comes meanwhile is heard with it', async () => {
  const { outbox, looks, add } = memoryOutbox();
  const heard: number[] = [];
  const dispatcher = startDispatcher({
    outbox,
    listeners: [({ number }) => Promise.resolve(void heard.push(number))],
    log: () => undefined,
  });
  await expect.poll(() => looks.length, { interval: 1 }).toBe(1);
  const nudgedAt = performance.now();
  for (const number of [1, 2, 3]) {
    add(number);
    dispatcher.nudge();
    await sleep(5);
  }
  await expect.poll(() => heard, { interval: 5 }).toEqual([1, 2, 3]);
  expect(looks[1]! - nudgedAt).toBeGreaterThan(90);
  await dispatcher.stop();
});
