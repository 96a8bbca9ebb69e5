import { setTimeout as sleep } from 'node:timers/promises';

import { ApplicationFailure } from '@temporalio/common';

import type { RunSnapshot, ToolOutput } from '../contracts/run.ts';

/**
 * What one look at a run says of outputs that may have reached it:
 *
 *   waiting    it waits for exactly these
 *   delivered  it works, is completed, or waits for other calls than these
 *   ended      it is over without a reply: what is listed of it tells whether it had them
 *   unclear    anything else, such as `requires_action` without its calls, or with some of them: the next look may show them
 */
export type Delivered = 'waiting' | 'delivered' | 'ended' | 'unclear';

export function deliveryIn(seen: RunSnapshot, outputs: readonly ToolOutput[]): Delivered {
  switch (seen.state) {
    case 'working':
    case 'completed':
      return 'delivered';
    case 'requires_action': {
      const answered = new Set(outputs.map(({ toolCallId }) => toolCallId));
      const ours = seen.calls.filter(({ toolCallId }) => answered.has(toolCallId));
      if (ours.length === 0) return 'delivered';
      return ours.length === answered.size && seen.calls.length === ours.length ? 'waiting' : 'unclear';
    }
    case 'incomplete':
    case 'failed':
    case 'cancelled':
    case 'expired':
      return 'ended';
    case 'unknown':
      return 'unclear';
    default:
      return seen satisfies never;
  }
}

/** What was sent shows a moment later. It is looked for this often, then the attempt fails and the next one goes on. */
const LOOKS_MS = [0, 50, 100, 200, 400, 800, 1_500, 2_000, 2_000, 3_000];

/**
 * Looks until what was accepted shows.
 *
 * @param what - as in "the effect of the tool results".
 * @throws ApplicationFailure `Provider.Unavailable`, retryable, when it does not for long.
 */
export async function shown<T>(what: string, read: () => Promise<T | null>): Promise<T> {
  for (const pauseMs of LOOKS_MS) {
    await sleep(pauseMs);
    const found = await read();
    if (found !== null) return found;
  }
  throw ApplicationFailure.create({
    type: 'Provider.Unavailable',
    message: `The provider has accepted the request, but ${what} does not show yet; looking again.`,
  });
}
