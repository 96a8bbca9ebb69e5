import { ApplicationFailure, TimeoutFailure } from '@temporalio/common';
import { expect, test } from 'vitest';

import { lastTold } from '../../../src/workflows/gate/last-told.ts';

const died = (details: unknown) => ({ cause: new TimeoutFailure('no heartbeat', details, 'HEARTBEAT') });

test('a tool that had ended before its worker died is told as it ended', () => {
  const executed = { outcome: 'executed', output: 'Refunded 42.00 EUR' };
  expect(lastTold(died(executed))).toEqual(executed);
});

test.each([
  ['one that had not ended', died(undefined)],
  ['details of another shape', died({ outcome: 'perhaps', output: 'x' })],
  ['details without words', died({ outcome: 'executed' })],
  ['no details at all', died(null)],
  [
    'another failure',
    { cause: ApplicationFailure.nonRetryable('no', 'Tool.Failed', { outcome: 'executed', output: '' }) },
  ],
  ['no cause', {}],
])('nothing is told of %s', (_, failure) => {
  expect(lastTold(failure)).toBeNull();
});
