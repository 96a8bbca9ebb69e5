import { pieces } from '../http/event-stream.ts';
import type { Choice, Chunk, Completion } from './wire.ts';

/**
 * A completion as the events of a stream, in the order the service has: who speaks, then the text or, call by call, name
 * and arguments in pieces, then why it ends; then the usage, when it was asked for, and `[DONE]`.
 */
export async function* completionEvents(
  { choices, usage, id, created, model, service_tier, system_fingerprint }: Completion,
  includeUsage: boolean,
  think: () => Promise<void>,
): AsyncGenerator<string> {
  const event = (parts: Chunk['choices'], counted: Chunk['usage'] = null) => {
    const chunk: Chunk = {
      id,
      object: 'chat.completion.chunk',
      created,
      model,
      service_tier,
      system_fingerprint,
      choices: parts,
      ...(includeUsage && { usage: counted }),
    };
    return `data: ${JSON.stringify(chunk)}\n\n`;
  };
  for (const choice of choices) {
    const [first, ...rest] = deltas(choice);
    yield event([{ index: choice.index, delta: first ?? {}, logprobs: null, finish_reason: null }]);
    await think();
    for (const delta of rest) {
      yield event([{ index: choice.index, delta, logprobs: null, finish_reason: null }]);
    }
    yield event([{ index: choice.index, delta: {}, logprobs: null, finish_reason: choice.finish_reason }]);
  }
  if (includeUsage) yield event([], usage);
  yield 'data: [DONE]\n\n';
}

function deltas({ message: { content, tool_calls } }: Choice): Chunk['choices'][0]['delta'][] {
  if (tool_calls === undefined) {
    const words = pieces(content ?? '').map((piece) => ({ content: piece }));
    return [{ role: 'assistant', content: '', refusal: null }, ...words];
  }
  const made = tool_calls.flatMap((call, index) => [
    {
      tool_calls: [
        { index, id: call.id, type: call.type, function: { name: call.function.name, arguments: '' } },
      ],
    },
    ...pieces(call.function.arguments).map((piece) => ({
      tool_calls: [{ index, function: { arguments: piece } }],
    })),
  ]);
  return [{ role: 'assistant', content: null, refusal: null }, ...made];
}
