import type { Stage } from './stage.ts';

/** One run that waits for a decision, and the bare workflow that waits with it. */
export interface FloorWait {
  runId: string;
  /** Sends the signal. */
  decide: () => Promise<void>;
  /** Resolves when the workflow is over. */
  done: () => Promise<void>;
}

/**
 * The floor of the engine: a run is created and polled by hand, then a bare workflow waits for a signal and makes the one
 * request that delivers the outputs, with the same client, in a worker process of its own. With a tool it runs another activity before
 * that, as an approval of an at-most-once tool does.
 */
export async function startFloor(
  stage: Stage,
): Promise<{ waiting: (options?: { runsTool?: boolean }) => Promise<FloorWait> }> {
  const taskQueue = 'floor';
  await stage.start('floor worker', './floor-worker.ts', [stage.address, taskQueue, stage.simulator]);
  const { openai, temporal } = stage;
  const { id: assistantId } = await openai.beta.assistants.create({
    model: 'gpt-5',
    tools: [{ type: 'function', function: { name: 'refund_order' } }],
  });

  async function waiting({ runsTool = false } = {}): Promise<FloorWait> {
    const { id: runId, thread_id: threadId } = await openai.beta.threads.createAndRun({
      assistant_id: assistantId,
      thread: { messages: [{ role: 'user', content: 'gated' }] },
    });
    const toolCallId = await firstCall(threadId, runId);
    const workflow = await temporal.workflow.start('floor', {
      workflowId: `floor-${runId}`,
      taskQueue,
      args: [{ threadId, runId, toolCallId, runsTool }],
    });
    return {
      runId,
      decide: () => workflow.signal('go'),
      done: async () => {
        await workflow.result();
      },
    };
  }

  async function firstCall(threadId: string, runId: string): Promise<string> {
    for (;;) {
      const run = await openai.beta.threads.runs.retrieve(runId, { thread_id: threadId });
      const [call] = run.required_action?.submit_tool_outputs.tool_calls ?? [];
      if (call !== undefined) return call.id;
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }

  return { waiting };
}
