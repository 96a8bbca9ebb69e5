/**
 * Assertions for `node:test`, and for any other runner that knows `AssertionError`:
 *
 * ```ts
 * import { assertNeedsApproval, assertRan } from 'countersign/testing/node';
 *
 * assertNeedsApproval(await gate.judge('refund_order', { orderId: 'A-1', amountCents: 4_200 }), { within: '30d' });
 * assertRan(gate, 'refund_order', { by: 'grace' });
 * ```
 */
import { AssertionError } from 'node:assert';

import type { Effect } from '../effects.ts';
import type { Judgement } from '../judge.ts';
import {
  hasRun,
  isAllowed,
  isForbidden,
  isInvalid,
  needsApproval,
  type Checked,
  type ExpectedApproval,
  type ExpectedRuns,
} from './checks.ts';

/** The call runs without asking anybody. */
export function assertAllowed(judgement: Judgement): void {
  hold(isAllowed(judgement));
}

/** A person must sign the call off; what is left out of `expected` may be anything. */
export function assertNeedsApproval(judgement: Judgement, expected?: ExpectedApproval): void {
  hold(needsApproval(judgement, expected));
}

/** The call never runs; `reason` is a part of why. */
export function assertForbidden(judgement: Judgement, reason?: string | RegExp): void {
  hold(isForbidden(judgement, reason));
}

/** The arguments do not fit the tool's schema. */
export function assertInvalid(judgement: Judgement, field?: string): void {
  hold(isInvalid(judgement, field));
}

/** The gate's tool has run, once unless `times` says otherwise. */
export function assertRan(
  gate: { effects: (tool: string) => Effect[] },
  tool: string,
  expected?: ExpectedRuns,
): void {
  hold(hasRun(gate, tool, expected));
}

function hold({ pass, message }: Checked): void {
  if (!pass) throw new AssertionError({ message: `expected ${message}` });
}
