import { newMetadata } from '../metadata.ts';
import { textOf, toTools } from './bodies.ts';
import { toSeconds } from '../clock.ts';
import { libraryOf } from '../files/resources.ts';
import type { ToolResources } from '../files/wire.ts';
import { nothingToAnswer } from '../http/errors.ts';
import type { CreateRun } from './schemas.ts';
import { newId } from '../ids.ts';
import type { Parts } from '../parts.ts';
import { expiresAtFrom, type Rules } from '../rules.ts';
import type { StoredRun } from './run-state.ts';
import { chooseScript } from '../scenario/model.ts';
import type { Change } from '../state/tables.ts';
import type { Assistant, Message, Run, Thread } from './wire.ts';
import { ASSISTANTS } from './tables.ts';

interface NewRun {
  thread: Thread;
  wanted: Omit<CreateRun, 'additional_messages'> & { tool_resources?: ToolResources };
  /** All of the thread, the ones that came with the run included. The latest of the user's decides what the model does. */
  messages: readonly Message[];
  /** Changes that will be written with the run. */
  pending: readonly Change[];
}

/**
 * A new run, queued, with its script and its expiry.
 *
 * @throws ApiError 404 for an unknown assistant, 400 `invalid_thread` when there is nothing to answer.
 */
export function newRun(parts: Parts, { thread, wanted, messages, pending }: NewRun): StoredRun {
  const { store, clock, scenario, latency, rules } = parts;
  const assistant = store.get(ASSISTANTS, wanted.assistant_id);
  if (assistant === undefined) throw rules.refusals.notFound('assistant', wanted.assistant_id);
  const nowMs = clock.nowMs();
  const run = toRun(assistant, thread.id, wanted, toSeconds(nowMs), rules);
  const latest = messages.findLast(({ role }) => role === 'user');
  const hasNothing = latest === undefined && (run.instructions ?? '') === '';
  if (hasNothing && rules.additionalMessages === 'taken') throw nothingToAnswer();

  const script = chooseScript(scenario, latest === undefined ? '' : textOf(latest));
  return {
    id: run.id,
    run,
    script,
    round: 0,
    settled: [],
    due: { atMs: nowMs + latency.startMs, what: 'start' },
    expiresAtMs: (run.created_at + rules.runTtlSeconds) * 1000,
    writing: null,
    library: libraryOf(
      parts,
      run.tools,
      [assistant, thread, run].map((it) => it.tool_resources),
      pending,
    ),
    latency: { ...latency, thinkMs: script.rule.thinkMs ?? latency.thinkMs },
  };
}

/** The fields in the order of the recordings. What the run does not bring, it takes from the assistant. */
function toRun(
  assistant: Assistant,
  threadId: string,
  wanted: NewRun['wanted'],
  createdAt: number,
  rules: Rules,
): Run {
  const base = wanted.instructions ?? assistant.instructions;
  const extra = wanted.additional_instructions ?? null;
  return {
    id: newId('run', rules.ids),
    object: 'thread.run',
    created_at: createdAt,
    assistant_id: assistant.id,
    thread_id: threadId,
    status: 'queued',
    started_at: null,
    expires_at: expiresAtFrom(rules, createdAt),
    cancelled_at: null,
    failed_at: null,
    completed_at: null,
    required_action: null,
    last_error: null,
    model: wanted.model ?? assistant.model,
    instructions: extra === null ? base : [base, extra].filter(Boolean).join('\n'),
    tools: wanted.tools ? toTools(wanted.tools) : assistant.tools,
    tool_resources: wanted.tool_resources ?? {},
    metadata: newMetadata(wanted.metadata, {}),
    temperature: wanted.temperature ?? assistant.temperature,
    top_p: wanted.top_p ?? assistant.top_p,
    reasoning_effort: wanted.reasoning_effort ?? assistant.reasoning_effort,
    max_completion_tokens: wanted.max_completion_tokens ?? null,
    max_prompt_tokens: wanted.max_prompt_tokens ?? null,
    truncation_strategy: { type: 'auto', last_messages: null, ...wanted.truncation_strategy },
    incomplete_details: null,
    usage: null,
    response_format: wanted.response_format ?? assistant.response_format,
    tool_choice: wanted.tool_choice ?? 'auto',
    parallel_tool_calls: wanted.parallel_tool_calls ?? true,
  };
}
