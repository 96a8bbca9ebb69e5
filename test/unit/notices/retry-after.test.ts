import { expect, test } from 'vitest';

import { pauseOf } from '../../../src/notices/http/retry-after.ts';

const SIX_HOURS_MS = 21_600_000;

test.each([
  ['7', 7_000],
  ['86400', SIX_HOURS_MS],
  ['9'.repeat(400), SIX_HOURS_MS],
  ['Fri, 31 Dec 2100 23:59:59 GMT', SIX_HOURS_MS],
  ['0', undefined],
  ['-3', undefined],
  ['+5000', undefined],
  ['1.5', undefined],
  ['3000-01-01', undefined],
  ['Thu, 30 Oct 2025 22:01:18 GMT', undefined],
  ['soon', undefined],
  ['', undefined],
  [null, undefined],
  [undefined, undefined],
])('Retry-After: %s is a pause of %s ms', (value, pauseMs) => {
  expect(pauseOf(value)).toBe(pauseMs);
});

test('a date is a pause until then', () => {
  const pauseMs = pauseOf(new Date(Date.now() + 60_000).toUTCString());
  expect(pauseMs).toBeGreaterThan(55_000);
  expect(pauseMs).toBeLessThanOrEqual(60_000);
});
