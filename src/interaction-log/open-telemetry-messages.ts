import { finishReason } from './finish-reason.ts';
import type { LoggedCall, ModelInteraction } from '../contracts/interaction-log/interaction.ts';

/** `gen_ai.input.messages` and `gen_ai.output.messages` by their JSON schemas; undefined where no words may leave. */
interface Message {
  role: 'user' | 'assistant' | 'tool';
  parts: object[];
  finish_reason?: string;
}

export function inputMessages({ step, message, calls, outputs }: ModelInteraction): Message[] | undefined {
  if (step === 'message') return message?.text === undefined ? undefined : [text('user', message.text)];
  const results = (outputs ?? []).flatMap(({ toolCallId, output }) =>
    output.text === undefined ? [] : [{ type: 'tool_call_response', id: toolCallId, response: output.text }],
  );
  if (results.length === 0) return undefined;
  return [
    ...(message?.text === undefined ? [] : [text('user', message.text)]),
    ...(calls?.length ? [{ role: 'assistant' as const, parts: calls.map(callPart) }] : []),
    { role: 'tool', parts: results },
  ];
}

export function outputMessages({ answer }: ModelInteraction): Message[] | undefined {
  if (answer === undefined) return undefined;
  const { text: reply, calls } = answer;
  const finish_reason = finishReason(answer);
  if (reply?.text !== undefined) return [{ ...text('assistant', reply.text), finish_reason }];
  if (!calls.some((call) => call.arguments?.text !== undefined)) return undefined;
  return [{ role: 'assistant', parts: calls.map(callPart), finish_reason }];
}

function text(role: Message['role'], content: string): Message {
  return { role, parts: [{ type: 'text', content }] };
}

function callPart({ toolCallId, tool, arguments: given }: LoggedCall): object {
  return { type: 'tool_call', id: toolCallId, name: tool, arguments: fromJson(given?.text) };
}

/** Redaction keeps JSON what it is, unless an application's own does not. */
function fromJson(json: string | undefined): unknown {
  if (json === undefined) return null;
  try {
    return JSON.parse(json) as unknown;
  } catch {
    return json;
  }
}
