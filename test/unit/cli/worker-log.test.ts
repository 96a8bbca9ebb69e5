import { ApplicationFailure } from '@temporalio/common';
import { expect, test } from 'vitest';

import { reasonOf } from '../../../src/cli/worker-log.ts';

test('what a tool has thrown stays out of the logs', () => {
  const message = 'The tool "refund" failed: ada@example.com has no account 4711';
  const failure = ApplicationFailure.create({ type: 'Tool.Failed', message });
  expect(reasonOf(failure)).toMatch(/^Tool\.Failed: /);
  expect(reasonOf(failure)).not.toContain('ada');
});

test('what else goes wrong is told', () => {
  expect(reasonOf(new TypeError('There is no run yet.'))).toBe('There is no run yet.');
});
