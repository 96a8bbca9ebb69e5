import type { ModelInteraction } from '../contracts/interaction-log/interaction.ts';

/** OpenAI's words for it, which the conventions' examples use. */
export function finishReason({ state, reason }: NonNullable<ModelInteraction['answer']>): string {
  switch (state) {
    case 'requires_action':
      return 'tool_calls';
    case 'completed':
      return 'stop';
    case 'incomplete':
      return reason?.includes('content_filter') ? 'content_filter' : 'length';
    default:
      return 'error';
  }
}
