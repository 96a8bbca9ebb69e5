import OpenAI from 'openai';

/** The one request of the floor, with the official client as our provider uses it. */
export function createFloorActivities(provider: { apiKey: string; baseURL: string }) {
  const openai = new OpenAI({ ...provider, maxRetries: 0 });
  return {
    async submit(run: { threadId: string; runId: string; toolCallId: string }): Promise<void> {
      await openai.beta.threads.runs.submitToolOutputs(run.runId, {
        thread_id: run.threadId,
        tool_outputs: [{ tool_call_id: run.toolCallId, output: 'Refunded.' }],
      });
    },
  };
}
