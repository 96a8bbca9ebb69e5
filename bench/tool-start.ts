import { setTimeout as sleep } from 'node:timers/promises';

import { z } from 'zod';

import type { Held } from './parked/held.ts';
import type { Stage } from './stage.ts';

const OutputSchema = z.object({ startedAtMs: z.number() });

/** When the tool of a held call began, in ms since 1970 on the worker's clock; waits for the provider to have its output. */
export async function toolStartedAt(
  { openai }: Pick<Stage, 'openai'>,
  { run, toolCallId }: Pick<Held, 'run' | 'toolCallId'>,
): Promise<number> {
  for (;;) {
    const { data } = await openai.beta.threads.runs.steps.list(run.runId, { thread_id: run.threadId });
    for (const { step_details: details } of data) {
      if (details.type !== 'tool_calls') continue;
      const call = details.tool_calls.find(({ id }) => id === toolCallId);
      if (call?.type === 'function' && call.function.output !== null) {
        return OutputSchema.parse(JSON.parse(call.function.output)).startedAtMs;
      }
    }
    await sleep(20);
  }
}
