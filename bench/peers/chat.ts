import { INSTRUCTIONS, MODEL, REFUND_TOOL } from './assistant.ts';

/** A request to the model, for peers that bring no agent framework: instructions, transcript, the one tool. */
export function chatRequest<Message>(transcript: Message[]) {
  const { name, description, parameters } = REFUND_TOOL;
  return {
    model: MODEL,
    messages: [{ role: 'system' as const, content: INSTRUCTIONS }, ...transcript],
    tools: [{ type: 'function' as const, function: { name, description, parameters, strict: true } }],
  };
}
