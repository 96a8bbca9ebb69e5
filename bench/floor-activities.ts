import OpenAI from 'openai';

/** The one request of the floor, with the official client as our provider uses it; and a tool that does nothing. */
export function createFloorActivities(provider: { apiKey: string; baseURL: string }) {
  const openai = new OpenAI({ ...provider, maxRetries: 0 });
  return {
    tool: () => Promise.resolve('Refunded.'),
    async submit(run: {
      threadId: string;
      runId: string;
      toolCallId: string;
      output: string;
    }): Promise<void> {
      await openai.beta.threads.runs.submitToolOutputs(run.runId, {
        thread_id: run.threadId,
        tool_outputs: [{ tool_call_id: run.toolCallId, output: run.output }],
      });
    },
  };
}
