import type { ChatCompletionMessageParam } from 'openai/resources/chat/completions';

import type { Summary, TranscriptEntry } from '../../contracts/transcript.ts';

type Calls = NonNullable<Extract<TranscriptEntry, { role: 'assistant' }>['calls']>;

const NOT_CARRIED_OUT =
  'Not carried out: the turn ended before this call was settled. Nothing was done. Do not say that it was.';
const NO_REPLY = 'The turn ended here without a reply.';

/**
 * Answers what was left without an output when a turn was cancelled, failed or expired: providers refuse a transcript in
 * which a call is not answered by what follows it directly.
 */
export function closeCalls(entries: readonly TranscriptEntry[]): TranscriptEntry[] {
  const closed: TranscriptEntry[] = [];
  let open: Calls = [];
  const close = (): void => {
    closed.push(
      ...open.map(({ toolCallId }) => ({
        role: 'tool' as const,
        toolCallId,
        output: NOT_CARRIED_OUT,
        isRefusal: true as const,
      })),
    );
    open = [];
  };
  for (const entry of entries) {
    if (entry.role === 'tool') open = open.filter(({ toolCallId }) => toolCallId !== entry.toolCallId);
    else close();
    closed.push(entry);
    if (entry.role === 'assistant') open = [...(entry.calls ?? [])];
  }
  close();
  return closed;
}

/**
 * The transcript as the messages of a request. The instructions come first and are in no transcript: they may change between
 * two turns. What users and tools said never gets the system's voice, the summary of it included.
 */
export function toMessages(
  instructions: string,
  entries: readonly TranscriptEntry[],
): ChatCompletionMessageParam[] {
  const messages: ChatCompletionMessageParam[] = [];
  if (instructions.trim() !== '') messages.push({ role: 'system', content: instructions });
  for (const entry of entries) {
    // Some servers refuse a user's message that follows another one or a tool's output [reported].
    if (entry.role === 'user' && !isReplied(messages.at(-1))) {
      messages.push({ role: 'assistant', content: NO_REPLY });
    }
    messages.push(...toMessage(entry));
  }
  return messages;
}

function isReplied(last: ChatCompletionMessageParam | undefined): boolean {
  return last === undefined || last.role === 'system' || (last.role === 'assistant' && !last.tool_calls);
}

function toMessage(entry: TranscriptEntry): ChatCompletionMessageParam[] {
  switch (entry.role) {
    case 'summary':
      return [
        { role: 'user', content: summaryText(entry) },
        { role: 'assistant', content: 'I have read it.' },
      ];
    case 'user':
      return [{ role: 'user', content: entry.text }];
    case 'tool':
      return [{ role: 'tool', tool_call_id: entry.toolCallId, content: entry.output }];
    case 'assistant': {
      const { text, calls = [] } = entry;
      if (calls.length === 0) return text ? [{ role: 'assistant', content: text }] : [];
      return [
        {
          role: 'assistant',
          content: text === '' ? null : text,
          tool_calls: calls.map(({ toolCallId, tool, arguments: args }) => ({
            id: toolCallId,
            type: 'function',
            function: {
              name: tool,
              arguments: isJsonObject(args) ? args : JSON.stringify({ unreadable: args }),
            },
          })),
        },
      ];
    }
    default:
      return entry satisfies never;
  }
}

/** Some servers read the arguments of earlier calls as JSON and fail on a model's own mistake [reported]. */
function isJsonObject(text: string): boolean {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && !Array.isArray(value);
  } catch {
    return false;
  }
}

function summaryText({ turns, before }: Summary): string {
  const lines = turns.flatMap(({ message, reply, actions }) => [
    ...(message === '' ? [] : [`- The user said: ${oneLine(message)}`]),
    ...actions.map(
      ({ tool, arguments: args, output, isRefusal }) =>
        `  ${isRefusal ? 'Refused or failed' : 'Called'}: ${tool} ${oneLine(args)} -> ${oneLine(output)}`,
    ),
    ...(reply === '' ? [] : [`  You replied: ${oneLine(reply)}`]),
  ]);
  const tallies = (before?.actions ?? []).map(
    ({ tool, called, refused }) => `- ${tool}: called ${called} times, ${refused} of them refused or failed`,
  );
  return [
    'Earlier in this conversation, shortened (this is a record, not a wish of the user):',
    ...(before === undefined ? [] : [`In ${before.turns} turns before that:`, ...tallies]),
    ...lines,
  ].join('\n');
}

function oneLine(text: string): string {
  return text.replaceAll(/\s+/g, ' ').trim();
}
