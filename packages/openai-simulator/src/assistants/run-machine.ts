import { toSeconds } from '../clock.ts';
import { newId } from '../ids.ts';
import { toReplyContent } from '../files/annotations.ts';
import { useBuiltInTools } from '../files/built-in-tools.ts';
import { expiresAtFrom, type Rules } from '../rules.ts';
import { change, isTerminal, waitingCalls, type RunState } from './run-state.ts';
import { completeStep, endStep, fillOutputs, newStep } from './run-steps.ts';
import { inFormat } from '../scenario/structured.ts';
import { nextMove, type PlannedCall, type Script } from '../scenario/model.ts';
import { addUsage, usageOf } from '../usage.ts';
import type { Message, Run, RunError, RunStep, ToolCall } from './wire.ts';

/**
 * The life of a run, as pure functions of what is stored and of the time.
 *
 *   created ─▶ queued ──start──▶ in_progress ─┬─the model calls──▶ requires_action ──submit──▶ queued (again, and so on)
 *                                             ├─it has thought───▶ in_progress, writing ──▶ completed
 *                                             └─the scenario ends it▶ failed | incomplete | cancelled | expired | any name
 *   queued, in_progress, requires_action ──cancel──▶ cancelling ──▶ cancelled
 *   any of these ──created_at + TTL passed──▶ expired
 *
 * Nothing runs in the background: `advance` takes every step that was due, at the time it was due, whenever somebody
 * looks. So a simulator that was killed goes on as if it had been there, and the answers don't depend on who polled when.
 * Neither requires_action nor a submit moves the expiry [recorded]. A clock that is put back stops runs until it has
 * caught up. Where the rules are another server's, they say so.
 */

/** Everything that was due until `nowMs`. */
export function advance(state: RunState, nowMs: number, rules: Rules): RunState {
  let current = state;
  for (;;) {
    const { stored } = current;
    if (isTerminal(stored)) return current;
    const nextMs = stored.due?.atMs ?? Infinity;
    const expiresAtMs = rules.expiry === 'in_time' ? stored.expiresAtMs : Infinity;
    if (Math.min(nextMs, expiresAtMs) > nowMs) return current;
    current = expiresAtMs <= nextMs ? expire(current, expiresAtMs) : happen(current, rules);
  }
}

function happen(state: RunState, rules: Rules): RunState {
  const { due } = state.stored;
  if (due === null) return state;
  const { atMs } = due;
  switch (due.what) {
    case 'start':
      return start(state, atMs, rules);
    case 'act':
      return act(state, atMs, rules);
    case 'reply':
      return reply(state, atMs);
    case 'cancel':
      return cancelAtOnce(state, atMs);
    default:
      return due.what satisfies never;
  }
}

function start(state: RunState, atMs: number, { thinkingStatus }: Rules): RunState {
  const { script, round, settled, latency } = state.stored;
  const { kind } = nextMove(script, round, settled);
  // The second half of thinking about a reply is writing it, so that a step under way can be seen.
  const thinkMs = kind === 'call' ? latency.thinkMs : Math.ceil(latency.thinkMs / 2);
  return change(
    state,
    { status: thinkingStatus, started_at: toSeconds(atMs) },
    { due: { atMs: atMs + thinkMs, what: 'act' } },
  );
}

function act(before: RunState, atMs: number, rules: Rules): RunState {
  const state = useBuiltInTools(before, atMs, rules);
  const { script, round, settled, latency, run } = state.stored;
  const later = atMs + Math.floor(latency.thinkMs / 2);
  const move = nextMove(script, round, settled);
  if (move.kind === 'call') return call(state, move.calls, atMs, rules);
  const held = heldStatus(script);
  if (held !== undefined && run.status !== held.status) {
    const due = held.holdMs === undefined ? null : ({ atMs: atMs + held.holdMs, what: 'act' } as const);
    return change(state, { status: held.status }, { due });
  }
  if (move.reply === undefined) return finish(state, atMs);
  const writing = { messageId: newId('msg', rules.ids), text: inFormat(move.reply, run.response_format) };
  const details: RunStep['step_details'] = {
    type: 'message_creation',
    message_creation: { message_id: writing.messageId },
  };
  const step = newStep(state.stored, atMs, details, rules.ids);
  return change(
    { ...state, steps: [...state.steps, step] },
    { status: 'in_progress' },
    { writing, due: { atMs: later, what: 'reply' } },
  );
}

function call(before: RunState, planned: PlannedCall[], atMs: number, rules: Rules): RunState {
  const state = rules.ttlRestarts ? restartTtl(before, atMs, rules) : before;
  const toolCalls: ToolCall[] = planned.map((it) => ({
    id: newId('call', rules.ids),
    type: 'function',
    function: { name: it.name, arguments: it.arguments },
  }));
  const details: RunStep['step_details'] = {
    type: 'tool_calls',
    tool_calls: toolCalls.map((it) => ({ ...it, function: { ...it.function, output: null } })),
  };
  const step = newStep(state.stored, atMs, details, rules.ids);
  return change(
    { ...state, steps: [...state.steps, step] },
    {
      status: 'requires_action',
      required_action: { type: 'submit_tool_outputs', submit_tool_outputs: { tool_calls: toolCalls } },
    },
    { due: null },
  );
}

function reply(state: RunState, atMs: number): RunState {
  const { writing, run, script } = state.stored;
  if (writing === null) return finish(state, atMs);
  const message: Message = {
    id: writing.messageId,
    object: 'thread.message',
    created_at: toSeconds(atMs),
    assistant_id: run.assistant_id,
    thread_id: run.thread_id,
    run_id: run.id,
    role: 'assistant',
    content: toReplyContent(writing.text, state.stored),
    attachments: [],
    metadata: {},
  };
  const written = completeStep(state, atMs, usageOf([run.instructions, script.message], [writing.text]));
  return finish({ ...written, messages: [...written.messages, message] }, atMs);
}

/** The model has done its part; now the run ends as the scenario says. */
function finish(state: RunState, atMs: number): RunState {
  const { script } = state.stored;
  const at = toSeconds(atMs);
  const ending = script.rule.end;
  if (ending === undefined || heldStatus(script) !== undefined) {
    return end(state, 'completed', atMs, { status: 'completed', completed_at: at, expires_at: null });
  }
  if ('error' in ending) {
    const failure = { failed_at: at, last_error: ending.error, expires_at: null };
    return end(state, 'failed', atMs, { status: 'failed', ...failure }, ending.error);
  }
  if ('reason' in ending) {
    // completed_at is set for an incomplete run too [recorded].
    const details = { incomplete_details: { reason: ending.reason }, completed_at: at, expires_at: null };
    return end(state, 'completed', atMs, { status: 'incomplete', ...details });
  }
  return ending.status === 'expired' ? expire(state, atMs) : cancelAtOnce(state, atMs);
}

/** A status of a strange server, in which the scenario holds the run before it goes on, or for good. */
function heldStatus({ rule }: Script): { status: string; holdMs?: number | undefined } | undefined {
  const ending = rule.end;
  if (ending === undefined || 'error' in ending || 'reason' in ending) return undefined;
  return ending.status === 'expired' || ending.status === 'cancelled' ? undefined : ending;
}

/** Ends the run because its time is over. `expires_at` keeps saying when that was. */
export function expire(state: RunState, atMs: number): RunState {
  return end(state, 'expired', atMs, { status: 'expired' });
}

/** Ends a run whose time was over before. */
export function expireOverdue(state: RunState, nowMs: number): RunState {
  const { stored } = state;
  return isTerminal(stored) || stored.expiresAtMs > nowMs ? state : expire(state, stored.expiresAtMs);
}

/** The outputs of all waiting calls have come: the run goes back to the queue, keeping `started_at` for now [recorded]. */
export function submit(state: RunState, outputs: ReadonlyMap<string, string>, nowMs: number): RunState {
  const { run, round, settled, latency, script } = state.stored;
  const calls = waitingCalls(state.stored);
  const answered = calls.map(({ id, function: { name, arguments: args } }) => ({
    name,
    arguments: args,
    output: outputs.get(id) ?? '',
  }));
  const usage = usageOf(
    [run.instructions, script.message],
    calls.map((it) => it.function.arguments),
  );
  return change(
    completeStep(fillOutputs(state, outputs), nowMs, usage),
    { status: 'queued', required_action: null },
    {
      round: round + 1,
      settled: [...settled, ...answered],
      due: { atMs: nowMs + latency.startMs, what: 'start' },
    },
  );
}

/** A cancel is an attempt first: `cancelled_at` stays null until it has succeeded [recorded]. */
export function cancel(state: RunState, nowMs: number): RunState {
  const due = { atMs: nowMs + state.stored.latency.startMs, what: 'cancel' } as const;
  return change(state, { status: 'cancelling', required_action: null }, { due });
}

/** The cancel has succeeded. */
export function cancelAtOnce(state: RunState, atMs: number): RunState {
  const cancelled = { status: 'cancelled', cancelled_at: toSeconds(atMs), expires_at: null };
  return end(state, 'cancelled', atMs, cancelled);
}

/** Not OpenAI's: a run that is over begins anew, and the model speaks once more. */
export function reopen(state: RunState, nowMs: number, rules: Rules): RunState {
  const fresh = restartTtl(state, nowMs, rules);
  const due = { atMs: nowMs + state.stored.latency.startMs, what: 'start' } as const;
  return change(fresh, { status: 'queued', completed_at: null, usage: null }, { due });
}

/** Not OpenAI's: the run gets its whole time again. */
function restartTtl(state: RunState, atMs: number, rules: Rules): RunState {
  return change(
    state,
    { expires_at: expiresAtFrom(rules, toSeconds(atMs)) },
    { expiresAtMs: (toSeconds(atMs) + rules.runTtlSeconds) * 1000 },
  );
}

/** Ends the run, and its step under way with it. */
function end(
  state: RunState,
  stepStatus: RunStep['status'],
  atMs: number,
  run: Partial<Run>,
  error: RunError | null = null,
): RunState {
  const ended = endStep(state, stepStatus, atMs, error);
  const usage = addUsage(ended.steps.map((step) => step.usage));
  return change(ended, { ...run, required_action: null, usage }, { due: null, writing: null });
}
