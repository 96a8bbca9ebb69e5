import { toMs, type Duration } from '../../define/duration.ts';
import { TestingError } from '../production.ts';

/** @throws TestingError for a moment that has passed. */
export function goalOf(by: Duration | Date, nowMs: number): number {
  if (by instanceof Date) {
    if (by.getTime() >= nowMs) return by.getTime();
    throw new TestingError(
      `The gate's clock cannot go back: it is ${new Date(nowMs).toISOString()}, after ${by.toISOString()}.`,
    );
  }
  if (typeof by === 'number' && by < 0)
    throw new TestingError(
      `The gate's clock cannot go back by ${-by} ms. Advance it by a length of time such as "30d".`,
    );
  return nowMs + toMs(by, 'advance');
}
