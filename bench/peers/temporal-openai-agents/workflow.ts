import { Agent, tool } from '@openai/agents-core';
import { TemporalOpenAIRunner } from '@temporalio/openai-agents/workflow';
import { condition, defineSignal, defineUpdate, proxyActivities, setHandler } from '@temporalio/workflow';

import { INSTRUCTIONS, MODEL, REFUND_TOOL } from '../assistant.ts';
import type * as activities from '../refund.ts';

const { refund } = proxyActivities<typeof activities>({ startToCloseTimeout: '1 minute' });

/**
 * An agent with one tool that needs approval: the run is interrupted, the workflow waits for a signal and goes on with the
 * same run state, in place.
 */
export async function turn(message: string): Promise<string> {
  let isHeld = false;
  let isApproved = false;
  setHandler(defineUpdate('untilHeld'), () => condition(() => isHeld));
  setHandler(defineSignal('approve'), () => {
    isApproved = true;
  });

  const agent = new Agent({
    name: 'bench',
    model: MODEL,
    instructions: INSTRUCTIONS,
    tools: [
      tool({
        ...REFUND_TOOL,
        needsApproval: true,
        execute: (input) => refund(input as activities.Refund),
      }),
    ],
  });
  const runner = new TemporalOpenAIRunner();
  const options = { runConfig: { tracingDisabled: true } };
  let result = await runner.run(agent, message, options);
  while (result.interruptions.length > 0) {
    isHeld = true;
    await condition(() => isApproved);
    for (const interruption of result.interruptions) result.state.approve(interruption);
    result = await runner.run(agent, result.state, options);
  }
  return result.finalOutput ?? '';
}
