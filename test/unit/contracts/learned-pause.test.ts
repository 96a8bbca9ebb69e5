import { expect, test } from 'vitest';

import { createLearnedPause } from '../../../src/contracts/learned-pause.ts';

const BOUNDS = { firstMs: 120, leastMs: 60, mostMs: 500 };

test.each([
  ['takes longer than the first pause', 300, 270, 330],
  ['takes less', 80, 72, 88],
  ['is over at once', 0, 60, 60],
  ['takes longer than may be lost', 5_000, 500, 500],
])('the first look comes about when it is over: %s', (_, takesMs, least, most) => {
  const pause = createLearnedPause(BOUNDS);
  for (let times = 0; times < 100; times += 1) pause.learn(pause.ms() >= takesMs);
  const early: boolean[] = [];
  for (let times = 0; times < 100; times += 1) {
    early.push(pause.ms() < takesMs);
    expect(pause.ms()).toBeGreaterThanOrEqual(least);
    expect(pause.ms()).toBeLessThanOrEqual(most);
    pause.learn(pause.ms() >= takesMs);
  }
  if (takesMs < BOUNDS.mostMs) expect(early.filter(Boolean).length).toBeLessThan(40);
});

test('some that are quick are not waited for as long as the others', () => {
  const pause = createLearnedPause(BOUNDS);
  for (let times = 0; times < 1_000; times += 1) pause.learn(pause.ms() >= (times % 10 < 8 ? 80 : 400));
  expect(pause.ms()).toBeLessThan(120);
});
