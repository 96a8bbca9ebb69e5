import { defaultProtocol } from '../contracts/run.ts';
import { createAgentsProvider } from './agents/agents.ts';
import { createAssistantsProvider } from './assistants/assistants.ts';
import { createChatProvider } from './chat/chat.ts';
import type { Provider } from './provider.ts';
import type { ProviderOptions } from './provider-options.ts';
import { createResponsesProvider } from './responses/responses.ts';

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
