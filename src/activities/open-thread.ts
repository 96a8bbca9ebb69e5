import type { App } from '../define/app.ts';
import type { Provider } from '../providers/provider.ts';
import { findAssistant, toSpec } from './assistants.ts';
import type { TurnFacts } from '../contracts/steps.ts';

type OpenThread = (turn: Pick<TurnFacts, 'conversationId' | 'context' | 'assistant'>) => Promise<string>;

/**
 * Opens a thread at the provider for a conversation that has none. Nothing finds it again when its answer is lost: it stays behind, empty
 * and harmless, and another one is opened.
 */
export function createThreadOpener(app: App, provider: Pick<Provider, 'openThread'>): OpenThread {
  return async ({ conversationId, context, assistant }) =>
    provider.openThread({
      metadata: { countersign_conversation: `${context.tenant}.${conversationId}` },
      assistant: toSpec(findAssistant(app, assistant)),
    });
}
