import { condition, defineSignal, proxyActivities, setHandler } from '@temporalio/workflow';

import type { createFloorActivities } from './floor-activities.ts';

export const go = defineSignal('go');

interface FloorRun {
  threadId: string;
  runId: string;
  toolCallId: string;
  runsTool: boolean;
}

const { tool, submit } = proxyActivities<ReturnType<typeof createFloorActivities>>({
  startToCloseTimeout: '30s',
});

/**
 * The floor of the engine: a bare signal, then one activity that makes the same request with the same client; with a tool, another
 * activity before it.
 */
export async function floor({ runsTool, ...run }: FloorRun): Promise<void> {
  let isSignalled = false;
  setHandler(go, () => {
    isSignalled = true;
  });
  await condition(() => isSignalled);
  await submit({ ...run, output: runsTool ? await tool() : 'Refunded.' });
}
