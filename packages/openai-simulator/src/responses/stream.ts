import { pieces } from '../http/event-stream.ts';
import { isOver, type StoredResponse } from './response-machine.ts';
import type { Item, ResponseBody } from './wire.ts';

/**
 * The events of a response, in the recorded order. They follow from how the response ended, so that a stream that is
 * resumed repeats what the first one said. Each has a number, from 0; nothing comes after the last one, not even `[DONE]`.
 */
interface StreamEvent {
  type: string;
  [field: string]: unknown;
}

/** What is known before the model has said anything. */
function openingEvents(body: ResponseBody): StreamEvent[] {
  const at = (status: string) => ({ ...asBegun(body), status });
  const created = (status: string) => ({ type: 'response.created', response: at(status) });
  const started = { type: 'response.in_progress', response: at('in_progress') };
  if (!body.background) return [created('in_progress'), started];
  return [created('queued'), { type: 'response.queued', response: at('queued') }, started];
}

/** What the model said. One that was cancelled has no last event. */
function closingEvents({ body }: StoredResponse, hasObfuscation: boolean): StreamEvent[] {
  const items = body.output.flatMap((item, index) => itemEvents(item, index, hasObfuscation));
  return body.status === 'cancelled'
    ? items
    : [...items, { type: `response.${body.status}`, response: body }];
}

function asBegun(body: ResponseBody): ResponseBody {
  const { billing: _, tool_usage: __, ...rest } = body;
  return {
    ...rest,
    completed_at: null,
    error: null,
    incomplete_details: null,
    output: [],
    service_tier: 'auto',
    usage: null,
  };
}

function itemEvents(item: Item, output_index: number, hasObfuscation: boolean): StreamEvent[] {
  const added = (begun: object) => ({ type: 'response.output_item.added', output_index, item: begun });
  const done = { type: 'response.output_item.done', output_index, item };
  const at = { item_id: item.id, output_index };
  const delta = (type: string, more: object) => (text: string) => ({
    type,
    ...at,
    ...more,
    delta: text,
    // Hides how long a word is: both together have always the same length [recorded].
    ...(hasObfuscation && { obfuscation: 'x'.repeat(Math.max(0, 16 - text.length)) }),
  });
  switch (item.type) {
    case 'message': {
      const parts = item.content.flatMap((part, content_index): StreamEvent[] => {
        if (part.type !== 'output_text') return [];
        const place = { ...at, content_index };
        return [
          { type: 'response.content_part.added', ...place, part: { ...part, text: '' } },
          ...pieces(part.text).map(delta('response.output_text.delta', { content_index, logprobs: [] })),
          { type: 'response.output_text.done', ...place, text: part.text, logprobs: [] },
          { type: 'response.content_part.done', ...place, part },
        ];
      });
      return [added({ ...item, status: 'in_progress', content: [] }), ...parts, done];
    }
    case 'function_call':
      return [
        added({ ...item, status: 'in_progress', arguments: '' }),
        ...pieces(item.arguments).map(delta('response.function_call_arguments.delta', {})),
        { type: 'response.function_call_arguments.done', ...at, arguments: item.arguments },
        done,
      ];
    case 'mcp_list_tools':
      return [
        added({ ...item, tools: [] }),
        { type: 'response.mcp_list_tools.in_progress', ...at },
        { type: 'response.mcp_list_tools.completed', ...at },
        done,
      ];
    case 'mcp_call':
      return [
        added({ ...item, arguments: '', output: null }),
        { type: 'response.mcp_call.in_progress', ...at },
        delta('response.mcp_call_arguments.delta', {})(item.arguments),
        { type: 'response.mcp_call_arguments.done', ...at, arguments: item.arguments },
        { type: `response.mcp_call.${item.error === null ? 'completed' : 'failed'}`, ...at },
        done,
      ];
    default:
      return [added(item), done];
  }
}

/**
 * A stream of a response, as text.
 *
 * @param end - waits for the response to be over.
 * @param from - the number of the first event that is sent.
 */
export async function* streamResponse(
  begun: StoredResponse,
  end: () => Promise<StoredResponse>,
  from = 0,
): AsyncGenerator<string> {
  const opening = openingEvents(begun.body);
  for (const [number, event] of opening.entries()) if (number >= from) yield toText(event, number);
  const over = isOver(begun) ? begun : await end();
  // A stream of the background hides no lengths [recorded].
  const { background } = over.body;
  const hasObfuscation = !background && over.request.stream_options?.include_obfuscation !== false;
  for (const [index, event] of closingEvents(over, hasObfuscation).entries()) {
    const number = opening.length + index;
    if (number >= from) yield toText(event, number);
  }
}

function toText({ type, ...fields }: StreamEvent, sequence_number: number): string {
  return `event: ${type}\ndata: ${JSON.stringify({ type, sequence_number, ...fields })}\n\n`;
}
