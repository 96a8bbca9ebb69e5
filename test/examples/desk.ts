import { inject } from 'vitest';

import { openClone, type Clone } from './clone.ts';

/** What test/setup/refund-desk.ts has started, for the examples that are used beside a refund desk. */
export function openRefundDesk(): Clone {
  return openClone(inject('refundDeskFolder'), REFUND_DESK);
}

export const REFUND_DESK = { COUNTERSIGN_TASK_QUEUE: 'refund-desk' };
