import {
  ServiceError,
  WorkflowUpdateFailedError,
  WorkflowUpdateRPCTimeoutOrCancelledError,
} from '@temporalio/client';
import { ApplicationFailure } from '@temporalio/common';
import { expect, test } from 'vitest';

import { isUnanswered, receiptOfUnchanged } from '../../../src/client/decide-now.ts';

const grpc = (code: number) =>
  new ServiceError('Workflow update failed', {
    cause: Object.assign(new Error('the limit'), { code, details: 'the limit', metadata: {} }),
  });

test('the durable signal is left when no worker answers, and when a run takes no more updates', () => {
  expect(isUnanswered(new WorkflowUpdateRPCTimeoutOrCancelledError('too late'))).toBe(true);
  expect(isUnanswered(grpc(9))).toBe(true);
  expect(isUnanswered(grpc(3))).toBe(false);
  expect(isUnanswered(new Error('another one'))).toBe(false);
});

test('a receipt is read from the refusal that carries one, and from no other', () => {
  const receipt = { outcome: 'refused', approvalId: 'a', decisionId: 'd' };
  const failed = (type: string) =>
    new WorkflowUpdateFailedError('refused', ApplicationFailure.nonRetryable('refused', type, receipt));
  expect(receiptOfUnchanged(failed('Decision.ChangesNothing'))).toEqual(receipt);
  expect(receiptOfUnchanged(failed('Another.Type'))).toBeNull();
  expect(receiptOfUnchanged(new Error('another one'))).toBeNull();
});
