import {
  CancellationScope,
  defineQuery,
  defineSignal,
  setHandler,
  sleep,
  type WorkflowInterceptors,
} from '@temporalio/workflow';
import { defaultPayloadConverter } from '@temporalio/common';

import { CLOCK_HEADER, MOVE_CLOCK, READ_CLOCK, type ClockMove, type ClockState } from './messages.ts';

/**
 * The workflows' side of a clock that can be advanced: interceptors of the kit's workflow bundle, and of no other. The workflows
 * themselves are the product's, untouched (docs/decisions/0023).
 *
 *   a timer is started ──▶ waits at the server, with its real length
 *        the clock moves ──▶ is cancelled there and started again with what is left ──▶ the server fires it
 *                            (nothing is left: with 1 ms; until it fires the workflow's clock stands just before its time)
 *
 * So what ends a wait is always the server's own event, and never the move of the clock.
 */
interface Wait {
  readonly dueMs: number;
  /** The clock has moved: its timer is cancelled, and started again. */
  isMoved: boolean;
  /** Its time has come by a move of the clock. */
  isOvertaken: boolean;
  move: () => void;
}

export function interceptors(): WorkflowInterceptors {
  const SdkDate = globalThis.Date;
  const waits = new Set<Wait>();
  let aheadMs = 0;
  /** Where the clock stood when it was moved: it does not go back behind it. */
  let stoodMs = 0;
  /** When the timer that is about to be started again rings. */
  let resumedDueMs: number | undefined;

  globalThis.Date = shifted(SdkDate, now);
  setHandler(defineSignal<[ClockMove]>(MOVE_CLOCK), (to) => moveTo(to.aheadMs));
  setHandler(defineQuery<ClockState>(READ_CLOCK), () => ({
    aheadMs,
    waits: [...waits].map(({ dueMs }) => dueMs),
  }));

  return {
    inbound: [
      {
        execute(input, next) {
          const header = input.headers[CLOCK_HEADER];
          if (header) moveTo(defaultPayloadConverter.fromPayload<number>(header));
          return next(input);
        },
      },
    ],
    outbound: [
      {
        async startTimer(input, next) {
          const scope = new CancellationScope();
          const wait: Wait = {
            dueMs: resumedDueMs ?? now() + input.durationMs,
            isMoved: false,
            isOvertaken: resumedDueMs !== undefined && resumedDueMs <= movedNow(),
            move: () => scope.cancel(),
          };
          resumedDueMs = undefined;
          waits.add(wait);
          try {
            await scope.run(() => next(input));
            return;
          } catch (error) {
            if (!wait.isMoved || CancellationScope.current().consideredCancelled) throw error;
          } finally {
            waits.delete(wait);
          }
          resumedDueMs = wait.dueMs;
          await sleep(Math.max(1, Math.ceil(wait.dueMs - movedNow())), input.options);
        },
        continueAsNew(input, next) {
          const header = { [CLOCK_HEADER]: defaultPayloadConverter.toPayload(aheadMs) };
          return next({ ...input, headers: { ...input.headers, ...header } });
        },
      },
    ],
  };

  function moveTo(toMs: number): void {
    if (!(toMs > aheadMs)) return;
    stoodMs = now();
    aheadMs = toMs;
    for (const wait of waits) {
      if (wait.isOvertaken) continue;
      wait.isMoved = true;
      wait.isOvertaken = wait.dueMs <= movedNow();
      wait.move();
    }
  }

  function movedNow(): number {
    return SdkDate.now() + aheadMs;
  }

  function now(): number {
    const dues = overtaken().map(({ dueMs }) => dueMs);
    if (dues.length === 0) return movedNow();
    return Math.min(movedNow(), Math.max(stoodMs, Math.min(...dues) - 1));
  }

  function overtaken(): Wait[] {
    return [...waits].filter(({ isOvertaken }) => isOvertaken);
  }
}

/** The sandbox's own `Date`, with another idea of now. What the sandbox shares between workflows is frozen, so it is a new function. */
function shifted(SdkDate: DateConstructor, now: () => number): DateConstructor {
  function GateDate(...args: unknown[]): Date {
    return args.length > 0 ? (Reflect.construct(SdkDate, args) as Date) : new SdkDate(now());
  }
  GateDate.now = now;
  GateDate.parse = SdkDate.parse;
  GateDate.UTC = SdkDate.UTC;
  GateDate.prototype = SdkDate.prototype;
  return GateDate as unknown as DateConstructor;
}
