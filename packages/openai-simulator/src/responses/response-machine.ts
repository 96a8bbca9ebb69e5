import { toSeconds } from '../clock.ts';
import type { Script } from '../scenario/model.ts';
import { countTokens, withinTokens } from '../usage.ts';
import type { Answer } from './answer.ts';
import { textOf } from './items.ts';
import type { CreateResponse } from './schemas.ts';
import type { ContentPart, Item, ResponseBody, ResponseUsage } from './wire.ts';

/**
 * The life of a response, as pure functions of what is stored and of the time.
 *
 *   in the background:  created ─▶ queued ──start──▶ in_progress ──┐
 *   while one waits:    created ─▶ in_progress ────────────────────┴─▶ completed | incomplete | failed | cancelled
 *   queued, in_progress ──cancel──▶ cancelled, at once [recorded]
 *
 * A response that calls functions or asks for an approval is completed: what comes of them is the input of another one.
 * Nothing runs in the background, as with runs: `advance` takes every step that was due, whenever somebody looks.
 */
export interface StoredResponse {
  id: string;
  body: ResponseBody;
  request: CreateResponse;
  script: Script;
  /** The new input; what stood before it is found through the conversation or the previous response. */
  input: Item[];
  /** The next thing that happens by itself. None while it is held, or is over. */
  due: { atMs: number; what: 'start' | 'act' } | null;
  thinkMs: number;
  /** Deleted, or never to be stored: kept for those that go on from it, and for nobody else to see. */
  isDeleted: boolean;
}

const TERMINAL = ['completed', 'failed', 'cancelled', 'incomplete'];

/** Whether the response is over. A status that OpenAI doesn't have is not. */
export function isOver({ body }: StoredResponse): boolean {
  return TERMINAL.includes(body.status);
}

/** Everything that was due until `nowMs`. */
export function advance(stored: StoredResponse, think: () => Answer, nowMs: number): StoredResponse {
  let current = stored;
  while (!isOver(current) && current.due !== null && current.due.atMs <= nowMs) {
    const { atMs, what } = current.due;
    current = what === 'start' ? start(current, atMs) : act(current, think, atMs);
  }
  return current;
}

function start(stored: StoredResponse, atMs: number): StoredResponse {
  return change(stored, { status: 'in_progress' }, { due: { atMs: atMs + stored.thinkMs, what: 'act' } });
}

function act(stored: StoredResponse, think: () => Answer, atMs: number): StoredResponse {
  const held = heldStatus(stored);
  if (held === undefined || stored.body.status === held.status) return finish(stored, think(), atMs);
  const due = held.holdMs === undefined ? null : ({ atMs: atMs + held.holdMs, what: 'act' } as const);
  return change(stored, { status: held.status }, { due });
}

/** A status of a strange server, in which the scenario holds a response in the background before it goes on, or for good. */
function heldStatus({
  body,
  script,
}: StoredResponse): { status: string; holdMs?: number | undefined } | undefined {
  const end = script.rule.end;
  if (!body.background || end === undefined || 'error' in end || 'reason' in end) return undefined;
  return end.status === 'expired' || end.status === 'cancelled' ? undefined : end;
}

/** The model has answered; now the response ends as the scenario says. There is nothing that could expire. */
export function finish(stored: StoredResponse, { output, isEnd }: Answer, atMs: number): StoredResponse {
  const end = isEnd ? stored.script.rule.end : undefined;
  if (end !== undefined && 'error' in end) return over(stored, { status: 'failed', error: end.error });
  if (end?.status === 'cancelled') return cancel(stored);
  if (end !== undefined && 'reason' in end) {
    const reason = end.reason === 'content_filter' ? end.reason : 'max_output_tokens';
    return over(stored, incomplete(output, reason));
  }
  const cut = cutOff(output, stored.body.max_output_tokens);
  if (cut !== undefined) return over(stored, incomplete(cut, 'max_output_tokens'));
  return over(stored, { status: 'completed', completed_at: toSeconds(atMs), output });
}

function incomplete(output: readonly Item[], reason: string): Partial<ResponseBody> {
  // The message is incomplete as well [recorded].
  const items = output.map((item): Item =>
    item.type === 'message' ? { ...item, status: 'incomplete' } : item,
  );
  return { status: 'incomplete', incomplete_details: { reason }, output: items };
}

/** What is said within the limit, when it is too short for all. */
function cutOff(output: readonly Item[], limit: number | null): Item[] | undefined {
  const [last] = output.slice(-1);
  if (limit === null || last?.type !== 'message' || countTokens([textOf(last.content)]) <= limit)
    return undefined;
  const content = last.content.map((part): ContentPart =>
    part.type === 'output_text' ? { ...part, text: withinTokens(part.text, limit) } : part,
  );
  return [...output.slice(0, -1), { ...last, content }];
}

export function cancel(stored: StoredResponse): StoredResponse {
  return change(stored, { status: 'cancelled' }, { due: null });
}

function over(stored: StoredResponse, body: Partial<ResponseBody>): StoredResponse {
  return change(stored, { ...body, service_tier: 'default', ...BILLED }, { due: null });
}

/** What a response shows once the model has worked for it [recorded]. */
const BILLED = {
  billing: { payer: 'developer' },
  tool_usage: {
    image_gen: {
      input_tokens: 0,
      input_tokens_details: { image_tokens: 0, text_tokens: 0 },
      output_tokens: 0,
      output_tokens_details: { image_tokens: 0, text_tokens: 0 },
      total_tokens: 0,
    },
    web_search: { num_requests: 0 },
  },
} as const;

export function withUsage(stored: StoredResponse, context: readonly Item[]): StoredResponse {
  return change(stored, { usage: usageOf(stored, context) }, {});
}

function usageOf({ body }: StoredResponse, context: readonly Item[]): ResponseUsage {
  const texts = (items: readonly Item[]) =>
    items.map((item) => (item.type === 'message' ? textOf(item.content) : JSON.stringify(item)));
  const tools = body.tools.map((tool) => JSON.stringify(tool));
  const input = countTokens([body.instructions, ...tools, ...texts(context)]);
  const output = countTokens(texts(body.output));
  return {
    input_tokens: input,
    input_tokens_details: { cached_tokens: 0 },
    output_tokens: output,
    output_tokens_details: { reasoning_tokens: 0 },
    total_tokens: input + output,
  };
}

function change(
  stored: StoredResponse,
  body: Partial<ResponseBody>,
  beside: Partial<StoredResponse>,
): StoredResponse {
  return { ...stored, ...beside, body: { ...stored.body, ...body } };
}
