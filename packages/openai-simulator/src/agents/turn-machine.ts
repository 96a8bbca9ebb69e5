import { toSeconds } from '../clock.ts';
import { newId, type IdStyle } from '../ids.ts';
import { nextMove, type Script, type SettledCall } from '../scenario/model.ts';
import { countTokens } from '../usage.ts';
import type { AgentItem, AgentTurn, AgentUsage, InputPart } from './wire.ts';

/**
 * The life of a turn, as pure functions of what is stored and of the time.
 *
 *   message ─▶ queued ──start──▶ in_progress ─┬─the model calls──▶ waiting ──every call has its result──▶ in_progress
 *                                             ├─it has spoken────▶ completed
 *                                             └─the scenario ends it▶ failed | cancelled | any name
 *   queued, in_progress, waiting ──cancel──▶ cancelled
 *
 * Nothing expires. Whatever a turn shows is an item; a transition says which items are new or have changed.
 */
export interface StoredTurn {
  id: string;
  turn: AgentTurn;
  script: Script;
  /** How many rounds of calls have all their results. */
  round: number;
  settled: SettledCall[];
  /** The calls of the round, while it is the model's turn to wait. */
  calls: OpenCall[];
  due: { atMs: number; what: 'start' | 'act' } | null;
  latency: { startMs: number; thinkMs: number };
}

export interface OpenCall {
  itemId: string;
  callId: string;
  name: string;
  /** What the model sent, as text. */
  arguments: string;
  result?: CallResult;
}

export interface CallResult {
  success: boolean;
  output: string | InputPart[] | null;
  error: string | null;
}

export interface Step {
  stored: StoredTurn;
  items: AgentItem[];
}

export function isOver({ turn }: StoredTurn): boolean {
  return ['completed', 'failed', 'cancelled'].includes(turn.status);
}

/** The calls a waiting turn still needs results for. */
export function openCalls({ turn, calls }: StoredTurn): OpenCall[] {
  return turn.status === 'waiting' ? calls.filter(({ result }) => result === undefined) : [];
}

/** What was due at the turn's own time. */
export function happen(stored: StoredTurn, ids: IdStyle): Step {
  if (stored.due === null) return { stored, items: [] };
  const { atMs, what } = stored.due;
  if (what === 'act') return act(stored, atMs, ids);
  const due = { atMs: atMs + stored.latency.thinkMs, what: 'act' } as const;
  return {
    stored: change(stored, { status: 'in_progress', started_at: toSeconds(atMs) }, { due }),
    items: [],
  };
}

function act(stored: StoredTurn, atMs: number, ids: IdStyle): Step {
  const { script, round, settled, turn } = stored;
  const move = nextMove(script, round, settled);
  if (move.kind === 'end') return speak(stored, move.reply, atMs, ids);
  if (move.calls.length === 0) return act({ ...stored, round: round + 1 }, atMs, ids);
  const calls = move.calls.map(({ name, arguments: args }) => ({
    itemId: newId('fc', ids),
    callId: newId('call', ids),
    name,
    arguments: args,
  }));
  return {
    stored: change(stored, { status: 'waiting' }, { calls, due: null }),
    items: calls.map((call) => callItem(call, turn.id, 'in_progress')),
  };
}

function speak(stored: StoredTurn, reply: string | undefined, atMs: number, ids: IdStyle): Step {
  const ending = stored.script.rule.end;
  const { turn } = stored;
  const said = (status: 'completed' | 'incomplete'): AgentItem[] =>
    reply === undefined
      ? []
      : [
          {
            id: newId('msg', ids),
            type: 'message',
            role: 'assistant',
            content: [{ type: 'output_text', text: reply }],
            phase: 'final_answer',
            status,
            turn_id: turn.id,
          },
        ];
  if (ending === undefined)
    return { stored: end(stored, 'completed', atMs, reply), items: said('completed') };
  if ('error' in ending) return { stored: fail(stored, ending.error, atMs), items: [] };
  if ('reason' in ending) {
    const error = { code: 'max_output_tokens', message: 'The model reached its output token limit.' };
    return { stored: fail(stored, error, atMs), items: said('incomplete') };
  }
  if (ending.status === 'cancelled') return cancel(stored, atMs);
  if (ending.status === 'expired') {
    const error = { code: 'request_timeout', message: 'The request timed out.' };
    return { stored: fail(stored, error, atMs), items: [] };
  }
  if (turn.status === ending.status)
    return { stored: end(stored, 'completed', atMs, reply), items: said('completed') };
  const { holdMs } = ending as { holdMs?: number };
  const due = holdMs === undefined ? null : ({ atMs: atMs + holdMs, what: 'act' } as const);
  return { stored: change(stored, { status: ending.status }, { due }), items: [] };
}

/** A call has its result. The last one lets the model go on. */
export function settle(
  stored: StoredTurn,
  callId: string,
  result: CallResult,
  atMs: number,
  ids: IdStyle,
): Step {
  const open = openCalls(stored).find((call) => call.callId === callId);
  if (open === undefined) return { stored, items: [] };
  const calls = stored.calls.map((call) => (call === open ? { ...open, result } : call));
  const turnId = stored.turn.id;
  const items: AgentItem[] = [
    callItem(open, turnId, result.success ? 'completed' : 'failed'),
    {
      id: newId('fco', ids),
      type: 'function_call_output',
      call_id: callId,
      error: result.error,
      output: result.output,
      status: result.success ? 'completed' : 'failed',
      turn_id: turnId,
    },
  ];
  if (calls.some((call) => call.result === undefined))
    return { stored: change(stored, {}, { calls }), items };
  const settled = calls.map((call) => ({
    name: call.name,
    arguments: call.arguments,
    output: call.result === undefined ? '' : whatTheModelReads(call.result),
  }));
  const { startMs, thinkMs } = stored.latency;
  const after = change(
    stored,
    { status: 'in_progress' },
    {
      calls: [],
      round: stored.round + 1,
      settled: [...stored.settled, ...settled],
      due: { atMs: atMs + startMs + thinkMs, what: 'act' },
    },
  );
  return { stored: after, items };
}

function whatTheModelReads({ success, output, error }: CallResult): string {
  if (!success) return error ?? '';
  if (output === null || typeof output === 'string') return output ?? '';
  return output.flatMap((part) => (part.type === 'input_text' ? [part.text] : [])).join('\n');
}

/** Stops the turn; what it has not published is lost [documented]. */
export function cancel(stored: StoredTurn, atMs: number): Step {
  if (isOver(stored)) return { stored, items: [] };
  const items = openCalls(stored).map((call) => callItem(call, stored.turn.id, 'incomplete'));
  return { stored: end(stored, 'cancelled', atMs, undefined), items };
}

function fail(stored: StoredTurn, error: { code: string; message: string }, atMs: number): StoredTurn {
  return change(end(stored, 'failed', atMs, undefined), { error }, {});
}

function end(stored: StoredTurn, status: string, atMs: number, reply: string | undefined): StoredTurn {
  const usage = usageOf([stored.script.message], [reply ?? '', JSON.stringify(stored.settled)]);
  return change(stored, { status, completed_at: toSeconds(atMs), usage }, { calls: [], due: null });
}

function callItem(
  call: OpenCall,
  turnId: string,
  status: 'in_progress' | 'completed' | 'failed' | 'incomplete',
): AgentItem {
  return {
    id: call.itemId,
    type: 'function_call',
    arguments: parsed(call.arguments),
    call_id: call.callId,
    name: call.name,
    status,
    turn_id: turnId,
  };
}

/** Arguments travel as what they are [documented]; what is no JSON stays the model's text. */
export function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

function usageOf(read: readonly string[], written: readonly string[]): AgentUsage {
  const input = countTokens(read);
  const output = countTokens(written);
  return {
    input_tokens: input,
    input_tokens_details: { cached_tokens: 0 },
    output_tokens: output,
    output_tokens_details: { reasoning_tokens: 0 },
    total_tokens: input + output,
  };
}

function change(stored: StoredTurn, turn: Partial<AgentTurn>, beside: Partial<StoredTurn>): StoredTurn {
  return { ...stored, ...beside, turn: { ...stored.turn, ...turn } };
}
