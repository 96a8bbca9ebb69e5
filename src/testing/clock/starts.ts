import type { WorkflowClientInterceptor } from '@temporalio/client';
import { defaultPayloadConverter, type Headers } from '@temporalio/common';

import { CLOCK_HEADER } from './messages.ts';

export interface StartsOptions {
  aheadMs: () => number;
  /** Hears of every workflow before it is started, so that none is missed when the clock moves. */
  onStart: (workflowId: string) => void;
  /** The clock has moved while the workflow was being started: it has to be told. */
  onOutrun: (workflowId: string) => Promise<void>;
}

/** Gives every workflow the clock of its gate along when it is started. */
export function startsOnClock({ aheadMs, onStart, onOutrun }: StartsOptions): WorkflowClientInterceptor {
  return {
    startWithDetails: ({ headers, ...input }, next) =>
      started(input.options.workflowId, headers, (onClock) => next({ ...input, headers: onClock })),
    signalWithStart: ({ headers, ...input }, next) =>
      started(input.options.workflowId, headers, (onClock) => next({ ...input, headers: onClock })),
  };

  async function started<T>(
    workflowId: string,
    headers: Headers,
    start: (headers: Headers) => Promise<T>,
  ): Promise<T> {
    onStart(workflowId);
    const given = aheadMs();
    const result = await start({ ...headers, [CLOCK_HEADER]: defaultPayloadConverter.toPayload(given) });
    if (aheadMs() !== given) await onOutrun(workflowId);
    return result;
  }
}
