import { condition, defineSignal, proxyActivities, setHandler } from '@temporalio/workflow';

import type { createFloorActivities } from './floor-activities.ts';

export const go = defineSignal('go');

const { submit } = proxyActivities<ReturnType<typeof createFloorActivities>>({ startToCloseTimeout: '30s' });

/** The floor of the engine: a bare signal, then one activity that makes the same request with the same client. */
export async function floor(run: { threadId: string; runId: string; toolCallId: string }): Promise<void> {
  let isSignalled = false;
  setHandler(go, () => {
    isSignalled = true;
  });
  await condition(() => isSignalled);
  await submit(run);
}
