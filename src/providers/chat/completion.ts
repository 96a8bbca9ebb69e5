import { createHash } from 'node:crypto';

import { z } from 'zod';

import type { RunState, Usage } from '../../contracts/run.ts';
import type { ToolCall } from '../../contracts/tool-call.ts';
import { argumentsText } from '../call-arguments.ts';

/**
 * Reads a chat completion (shared facts: docs/protocol.md). Loose on purpose: compatible servers leave fields out, say null for
 * them or put another type there. What we decide by is checked.
 */

/** `content` is a text, null, or a list of parts of which some have a text or a refusal. */
const ContentSchema = z.union([
  z.string(),
  z.array(z.looseObject({ text: z.string().nullish(), refusal: z.string().nullish() })),
]);

const CallSchema = z.looseObject({
  id: z.string().nullish(),
  function: z.looseObject({
    name: z.string().min(1),
    // A text by the description; some servers have parsed it already, others leave it out when there is nothing in it.
    arguments: z.union([z.string(), z.record(z.string(), z.unknown())]).nullish(),
  }),
});

const CompletionSchema = z.looseObject({
  choices: z
    .array(
      z.looseObject({
        finish_reason: z.string().nullish(),
        message: z.looseObject({
          content: ContentSchema.nullish(),
          refusal: z.string().nullish(),
          tool_calls: z.array(CallSchema).nullish(),
          function_call: z.unknown().optional(),
        }),
      }),
    )
    .min(1),
});

/** Counted by the server, and by some not at all. */
const UsageSchema = z.looseObject({
  prompt_tokens: z.number(),
  completion_tokens: z.number(),
  total_tokens: z.number().nullish(),
});

/** What the model said, in our words. */
export interface ChatAnswer {
  /** Its words; a refusal of the model's is its words, too. */
  text: string;
  state: Extract<RunState['state'], 'requires_action' | 'completed' | 'incomplete' | 'failed'>;
  calls: ToolCall[];
  /** The server's `finish_reason`, or what stands for it. */
  finishReason: string;
  usage?: Usage;
}

/** A body that is no chat completion: `field` is where, `problem` what was found there. */
export class NotACompletion extends Error {
  override readonly name = 'NotACompletion';
  readonly field: string;

  constructor(field: string, problem: string) {
    super(problem);
    this.field = field;
  }
}

const COMPLETED = new Set(['stop', 'eos', 'end_turn', 'stop_sequence']);
const INCOMPLETE = new Set(['length', 'model_length', 'max_tokens', 'content_filter', 'sensitive']);

/**
 * @param taken - ids of calls the transcript has already: an id that is missing or not new is replaced, since by it a call
 *   is told from others.
 * @throws NotACompletion naming the field.
 */
export function readCompletion(body: unknown, taken: ReadonlySet<string>): ChatAnswer {
  const parsed = CompletionSchema.safeParse(body);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    const field = issue === undefined || issue.path.length === 0 ? 'the body' : issue.path.join('.');
    throw new NotACompletion(field, issue?.message ?? 'it is not an object');
  }
  const [choice] = parsed.data.choices;
  if (choice === undefined) throw new NotACompletion('choices', 'there is none');
  const { message, finish_reason } = choice;
  const calls = toCalls(message.tool_calls ?? [], taken);
  if (calls.length === 0 && message.function_call != null) {
    throw new NotACompletion(
      'choices.0.message.function_call',
      'the server calls functions in the deprecated form, which has no id to answer; it must answer with tool_calls',
    );
  }
  const words = textOf(message.content ?? '');
  const text = words === '' ? (message.refusal ?? '') : words;
  // Some servers leave it out, or empty.
  const said = finish_reason ?? '';
  const finishReason = said === '' ? (calls.length > 0 ? 'tool_calls' : 'stop') : said;
  const usage = UsageSchema.safeParse(parsed.data.usage);
  const answer = { text, finishReason, ...(usage.success && { usage: toUsage(usage.data) }) };
  // A list that was cut off may hold half a call: none of it is carried out.
  if (INCOMPLETE.has(finishReason)) return { ...answer, state: 'incomplete', calls: [] };
  // Some servers say "stop" although there are calls; a forced function ends so at OpenAI, too.
  if (calls.length > 0) return { ...answer, state: 'requires_action', calls };
  return { ...answer, state: COMPLETED.has(finishReason) ? 'completed' : 'failed', calls };
}

function textOf(content: z.output<typeof ContentSchema>): string {
  if (typeof content === 'string') return content;
  return content.map(({ text, refusal }) => text ?? refusal ?? '').join('');
}

function toCalls(calls: readonly z.output<typeof CallSchema>[], taken: ReadonlySet<string>): ToolCall[] {
  const seen = new Set(taken);
  return calls.map(({ id, function: { name, arguments: args } }, index) => {
    const text = argumentsText(args);
    const toolCallId = id && !seen.has(id) ? id : mintCallId(seen.size, index, name, text);
    seen.add(toolCallId);
    return { toolCallId, tool: name, arguments: text };
  });
}

/** Nine letters and digits: the narrowest form that a server is known to ask for [reported, Mistral's]. */
function mintCallId(...parts: (string | number)[]): string {
  const hash = createHash('sha256').update(JSON.stringify(parts)).digest();
  return hash.readBigUInt64BE().toString(36).padStart(13, '0').slice(-9);
}

function toUsage({ prompt_tokens, completion_tokens, total_tokens }: z.output<typeof UsageSchema>): Usage {
  return {
    promptTokens: prompt_tokens,
    completionTokens: completion_tokens,
    totalTokens: total_tokens ?? prompt_tokens + completion_tokens,
  };
}
