import type { ActivityInterceptorsFactory } from '@temporalio/worker';

import type { RunReport } from '../../contracts/run.ts';
import type { SubmitOutcome } from '../../contracts/steps.ts';

type Reporting = Partial<Pick<RunReport, 'observedAtMs'>> & { submit?: SubmitOutcome };

/** When a run was seen, activities tell on Temporal's clock; the workflows of a gate count on the gate's. */
export function reportsOnClock(aheadMs: () => number): ActivityInterceptorsFactory {
  return () => ({
    inbound: {
      execute: async (input, next) => moved((await next(input)) as Reporting | null | undefined, aheadMs()),
    },
  });
}

function moved(result: Reporting | null | undefined, byMs: number): unknown {
  if (byMs === 0 || typeof result !== 'object' || result === null) return result;
  const { observedAtMs, submit } = result;
  return {
    ...result,
    ...(typeof observedAtMs === 'number' && { observedAtMs: observedAtMs + byMs }),
    ...(submit?.kind === 'answered' && {
      submit: {
        ...submit,
        report: { ...submit.report, observedAtMs: submit.report.observedAtMs + byMs },
      },
    }),
  };
}
