import { finishReason } from './finish-reason.ts';
import type { Content, LoggedCall, ModelInteraction } from '../contracts/interaction-log/interaction.ts';

/** Request and response in OpenAI's shapes, as far as the interaction knows them. */
export interface Exchange {
  type: 'assistant' | 'chat';
  startedAtMs: number;
  request: object;
  response: object | null;
}

/** States in which a run is over. */
const OVER: ReadonlySet<string> = new Set(['completed', 'incomplete', 'failed', 'cancelled', 'expired']);

/** A run that is over, with the message it was made with and its reply; null while it asks for tools. */
export function assistantExchange(interaction: ModelInteraction): Exchange | null {
  const { answer, runStartedAtMs, endedAtMs, threadId, runId, message } = interaction;
  if (answer === undefined || !OVER.has(answer.state)) return null;
  const run = {
    id: runId,
    object: 'thread.run',
    created_at: seconds(runStartedAtMs),
    thread_id: threadId,
    status: answer.state,
    model: interaction.model,
    tools: toolsOf(interaction),
    usage: usageOf(answer.usage),
    ...(answer.state === 'completed' && { completed_at: seconds(endedAtMs) }),
    ...(answer.state === 'incomplete' && { incomplete_details: { reason: answer.reason } }),
    ...(answer.state === 'failed' && { last_error: { code: answer.reason } }),
    metadata: {
      countersign_turn: interaction.turnId,
      countersign_conversation: interaction.conversationId,
      countersign_assistant: interaction.assistant,
    },
  };
  const said = (role: string, atMs: number, content: Content) => ({
    object: 'thread.message',
    created_at: seconds(atMs),
    thread_id: threadId,
    run_id: role === 'assistant' ? runId : null,
    role,
    content: [{ type: 'text', text: { value: wordsOf(content), annotations: [] } }],
  });
  return {
    type: 'assistant',
    // The run's whole time, with all its rounds.
    startedAtMs: runStartedAtMs,
    request: { run, message: message === undefined ? null : said('user', runStartedAtMs, message) },
    response: answer.text === undefined ? null : { message: said('assistant', endedAtMs, answer.text) },
  };
}

/** One request and its whole answer: what a provider streams has been put together before it gets here. */
export function chatExchange(interaction: ModelInteraction): Exchange | null {
  const { answer, startedAtMs, endedAtMs, runId, message, calls, outputs } = interaction;
  if (answer === undefined) return null;
  return {
    type: 'chat',
    startedAtMs,
    request: {
      model: interaction.model,
      messages: [
        ...(message === undefined ? [] : [{ role: 'user', content: wordsOf(message) }]),
        ...(calls?.length ? [{ role: 'assistant', content: null, tool_calls: calls.map(toolCall) }] : []),
        ...(outputs ?? []).map(({ toolCallId, output }) => ({
          role: 'tool',
          tool_call_id: toolCallId,
          content: wordsOf(output),
        })),
      ],
      tools: toolsOf(interaction),
    },
    response: {
      id: runId,
      object: 'chat.completion',
      created: seconds(endedAtMs),
      model: interaction.model,
      choices: [
        {
          index: 0,
          message: {
            role: 'assistant',
            content: answer.text === undefined ? null : wordsOf(answer.text),
            ...(answer.calls.length > 0 && { tool_calls: answer.calls.map(toolCall) }),
          },
          finish_reason: finishReason(answer),
        },
      ],
      usage: usageOf(answer.usage),
    },
  };
}

/** Where no words may leave, how many there were. */
function wordsOf({ text, characters }: Content): string {
  return text ?? `[${characters} characters]`;
}

function toolCall({ toolCallId, tool, arguments: given }: LoggedCall): object {
  return {
    id: toolCallId,
    type: 'function',
    function: { name: tool, arguments: given === undefined ? '' : wordsOf(given) },
  };
}

function toolsOf({ tools }: ModelInteraction): object[] {
  return tools.map((name) => ({ type: 'function', function: { name } }));
}

function usageOf(usage: NonNullable<ModelInteraction['answer']>['usage']): object | null {
  if (usage === undefined) return null;
  const { promptTokens, completionTokens, totalTokens } = usage;
  return { prompt_tokens: promptTokens, completion_tokens: completionTokens, total_tokens: totalTokens };
}

function seconds(ms: number): number {
  return Math.floor(ms / 1_000);
}
