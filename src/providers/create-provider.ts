import { defaultProtocol, type Protocol } from '../contracts/run.ts';
import { createAgentsProvider } from './agents/agents.ts';
import { createAssistantsProvider } from './assistants/assistants.ts';
import { createChatProvider } from './chat/chat.ts';
import type { Provider } from './provider.ts';
import { createResponsesProvider } from './responses/responses.ts';

export interface ProviderOptions {
  /** @default `responses` at OpenAI itself, which has no Assistants any more; `assistants` at any other base URL */
  protocol?: Protocol | undefined;
  apiKey: string;
  /** @default OpenAI's own */
  baseURL?: string | undefined;
  /** How long one request may take. @default 20000; of `chat`, whose requests wait for the model, 150000 */
  requestLimitMs?: number;
}

/** The provider that speaks this protocol. */
export function createProvider({ protocol, ...options }: ProviderOptions): Provider {
  const chosen = protocol ?? defaultProtocol({ baseURL: undefined, ...options });
  switch (chosen) {
    case 'assistants':
      return createAssistantsProvider(options);
    case 'agents':
      return createAgentsProvider(options);
    case 'responses':
      return createResponsesProvider(options);
    case 'chat':
      return createChatProvider(options);
    default:
      return chosen satisfies never;
  }
}
