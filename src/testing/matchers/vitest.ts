/**
 * Matchers for Vitest. Import the module once, in a test or a set-up file:
 *
 * ```ts
 * import 'countersign/testing/vitest';
 *
 * expect(await gate.judge('refund_order', { orderId: 'A-1', amountCents: 4_200 })).toNeedApproval({ within: '30d' });
 * expect(gate).toHaveRun('refund_order', { by: 'grace' });
 * ```
 */
import { expect } from 'vitest';

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

interface CountersignMatchers<R> {
  /** The call runs without asking anybody. */
  toBeAllowed(): R;
  /** A person must sign the call off; what is left out of `expected` may be anything. */
  toNeedApproval(expected?: ExpectedApproval): R;
  /** The call never runs; `reason` is a part of why. */
  toBeForbidden(reason?: string | RegExp): R;
  /** The arguments do not fit the tool's schema. */
  toBeInvalid(field?: string): R;
  /** The gate's tool has run, once unless `times` says otherwise. */
  toHaveRun(tool: string, expected?: ExpectedRuns): R;
}

declare module 'vitest' {
  // Empty and with these names, as Vitest declares it.
  // eslint-disable-next-line @typescript-eslint/no-empty-object-type
  interface Matchers<
    R extends void | Promise<void> = void | Promise<void>,
    // eslint-disable-next-line @typescript-eslint/no-unused-vars
    T = unknown,
  > extends CountersignMatchers<R> {}
}

expect.extend({
  toBeAllowed: (received: Judgement) => told(isAllowed(received)),
  toNeedApproval: (received: Judgement, expected?: ExpectedApproval) =>
    told(needsApproval(received, expected)),
  toBeForbidden: (received: Judgement, reason?: string | RegExp) => told(isForbidden(received, reason)),
  toBeInvalid: (received: Judgement, field?: string) => told(isInvalid(received, field)),
  toHaveRun: (received: { effects: (tool: string) => Effect[] }, tool: string, expected?: ExpectedRuns) =>
    told(hasRun(received, tool, expected)),
});

function told({ pass, message }: Checked): { pass: boolean; message: () => string } {
  return { pass, message: () => `expected ${pass ? 'not ' : ''}${message}` };
}
