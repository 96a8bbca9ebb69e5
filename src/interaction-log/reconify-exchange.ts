import { finishReason } from './finish-reason.ts';
import type {
  Content,
  LoggedCall,
  MessageFacts,
  ModelInteraction,
} from '../contracts/interaction-log/interaction.ts';

/** Request and response in OpenAI's shapes, as far as the interaction knows them. */
export interface Exchange {
  type: 'assistant' | 'chat';
  startedAtMs: number;
  request: object;
  response: object | null;
}

/**
 * A completed run: the message it was made with and its reply, each as the Assistants API returns messages, with the run's model
 * beside the one and its usage beside the other. Null for any other end: Reconify logs completed runs.
 */
export function assistantExchange(interaction: ModelInteraction): Exchange | null {
  const { answer, runStartedAtMs, endedAtMs, threadId, runId = null, message, messages } = interaction;
  if (answer?.state !== 'completed' || message === undefined || answer.text === undefined) return null;
  const said = (facts: MessageFacts | null | undefined, atMs: number, content: Content) => ({
    id: facts?.id ?? null,
    object: 'thread.message',
    created_at: facts?.createdAtSeconds ?? seconds(atMs),
    assistant_id: facts?.assistantId ?? null,
    thread_id: threadId,
    content: [{ type: 'text', text: { value: wordsOf(content), annotations: [] } }],
    attachments: facts?.attachments ?? [],
    metadata: facts?.metadata ?? {},
  });
  return {
    type: 'assistant',
    // The run's whole time, with all its rounds.
    startedAtMs: runStartedAtMs,
    request: {
      ...said(messages?.request, runStartedAtMs, message),
      ...{ run_id: null, role: 'user', model: interaction.model },
    },
    response: {
      ...said(messages?.response, endedAtMs, answer.text),
      ...{ run_id: runId, role: 'assistant', usage: usageOf(answer.usage) },
    },
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
