import { OpenAIProvider } from '@openai/agents-openai';
import { OpenAIAgentsPlugin } from '@temporalio/openai-agents';

export const TASK_QUEUE = 'temporal-openai-agents';

/** The same for worker and client, as the package asks for. Only the worker's ever calls the model. */
export function createPlugin(baseURL: string): OpenAIAgentsPlugin {
  return new OpenAIAgentsPlugin({
    modelProvider: new OpenAIProvider({ apiKey: 'simulator', baseURL, useResponses: false }),
    modelParams: { startToCloseTimeout: '30s' },
  });
}
