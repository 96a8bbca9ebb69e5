import { z } from 'zod';

import type { RunReference, RunSnapshot, RunState } from '../../contracts/run.ts';
import type { ToolCall } from '../../contracts/tool-call.ts';
import { argumentsText } from '../call-arguments.ts';
import { distinctCalls } from '../distinct-calls.ts';
import { parseAnswer } from '../parse-answer.ts';

const AGENTS = 'the Agents API';

/**
 * Reads the objects of the Agents API, beta (shared facts: docs/protocol.md). Loose, because a beta grows fields; what we
 * decide by is checked, and a status that is new is a state of its own.
 */
const SessionSchema = z.looseObject({
  id: z.string().min(1),
  object: z.literal('agent.session'),
  status: z.string(),
  error: z.unknown().optional(),
  metadata: z.record(z.string(), z.unknown()).nullish(),
  required_actions: z.array(
    z.looseObject({
      type: z.string(),
      turn_id: z.string().nullish(),
      call_id: z.string().nullish(),
      name: z.string().nullish(),
      arguments: z.unknown().optional(),
    }),
  ),
});
export type Session = z.infer<typeof SessionSchema>;

const TurnSchema = z.looseObject({
  id: z.string().min(1),
  object: z.literal('agent.session.turn'),
  session_id: z.string().min(1),
  subagent_id: z.string().nullish(),
  status: z.string(),
  error: z.looseObject({ code: z.string(), message: z.string() }).nullish(),
  usage: z
    .looseObject({ input_tokens: z.number(), output_tokens: z.number(), total_tokens: z.number() })
    .nullish(),
});
export type Turn = z.infer<typeof TurnSchema>;

const ItemSchema = z.looseObject({
  type: z.string(),
  turn_id: z.string().nullish(),
  call_id: z.string().nullish(),
  role: z.string().nullish(),
  phase: z.string().nullish(),
  content: z.array(z.looseObject({ type: z.string(), text: z.string().nullish() })).nullish(),
});
export type Item = z.infer<typeof ItemSchema>;

/** @throws ApplicationFailure `Provider.UnexpectedAnswer` naming the field when the body is not a session. */
export const parseSession = (body: unknown): Session => parsed(SessionSchema, body, 'an agent session');
/** @throws ApplicationFailure `Provider.UnexpectedAnswer` naming the field when the body is not a turn. */
export const parseTurn = (body: unknown): Turn => parsed(TurnSchema, body, 'a turn of an agent session');
/** @throws ApplicationFailure `Provider.UnexpectedAnswer` naming the field when the body is not an item. */
export const parseItem = (body: unknown): Item => parsed(ItemSchema, body, 'an item of an agent session');

/** No status of the protocol leads on from these. */
export function isOver({ status }: Turn): boolean {
  return ['completed', 'failed', 'cancelled'].includes(status);
}

/** The function calls of a turn that wait for a result. */
export function callsOf(session: Session, turnId: string): ToolCall[] {
  const actions = actionsOf(session, turnId);
  // Nothing could answer such a call, so none is begun: the turn stays a riddle, and is cancelled in the end.
  if (actions.some(isNameless)) return [];
  // Arguments come as what they are; our review reads the model's text, and so does a person.
  return distinctCalls(
    actions.map(({ call_id, name, arguments: args }) => ({
      toolCallId: call_id ?? '',
      tool: name ?? '',
      arguments: argumentsText(args),
    })),
  );
}

function actionsOf(session: Session, turnId: string) {
  return session.required_actions.filter(
    (action) => action.type === 'function_call' && action.turn_id === turnId,
  );
}

function isNameless({ call_id, name }: Session['required_actions'][number]): boolean {
  return !call_id || !name;
}

/** What a turn waits for beside function calls: nobody here can answer it. */
export function strangeActions(session: Session, turnId: string): string[] {
  return session.required_actions
    .filter(({ type, turn_id }) => type !== 'function_call' && (turn_id ?? turnId) === turnId)
    .map(({ type }) => type);
}

/**
 * A turn as a look at it and its session shows it.
 *
 * @param turn - not needed while the session is at work or waits for function calls.
 */
export function toSnapshot(session: Session, run: RunReference, turn?: Turn): RunSnapshot {
  const { usage } = turn ?? {};
  return {
    threadId: session.id,
    runId: run.runId,
    providerStatus: turn?.status ?? session.status,
    // A turn waits for us as long as it takes.
    timeLeftMs: null,
    ...toState(session, run.runId, turn),
    ...(usage && {
      usage: {
        promptTokens: usage.input_tokens,
        completionTokens: usage.output_tokens,
        totalTokens: usage.total_tokens,
      },
    }),
  };
}

function toState(session: Session, turnId: string, turn: Turn | undefined): RunState {
  const calls = callsOf(session, turnId);
  const isDone = turn !== undefined && isOver(turn);
  if (calls.length > 0 && !isDone) return { state: 'requires_action', calls };
  switch (turn?.status ?? session.status) {
    case 'queued':
    case 'in_progress':
      return session.status === 'failed' ? sessionFailed(session) : { state: 'working' };
    case 'completed':
      return { state: 'completed' };
    case 'failed':
      return turn === undefined ? sessionFailed(session) : turnFailed(turn);
    case 'cancelled':
      return { state: 'cancelled' };
    // It waits, and the session does not show for what yet.
    default:
      return { state: 'unknown' };
  }
}

function turnFailed({ error }: Turn): RunState {
  const code = error?.code ?? 'unknown';
  if (code === 'max_output_tokens') return { state: 'incomplete', reason: code };
  return { state: 'failed', code, message: error?.message ?? 'The provider gave no reason.' };
}

function sessionFailed({ error }: Session): RunState {
  const message = typeof error === 'string' && error !== '' ? error : 'The provider gave no reason.';
  return { state: 'failed', code: 'session_failed', message };
}

/** What the assistant said last in a turn: its final answer, else its newest words. */
export function replyOf(newestFirst: readonly Item[], turnId: string): string {
  const said = newestFirst.filter(
    ({ type, role, turn_id }) => type === 'message' && role === 'assistant' && turn_id === turnId,
  );
  const chosen = said.find(({ phase }) => phase === 'final_answer') ?? said[0];
  return (chosen?.content ?? [])
    .flatMap(({ type, text }) => (type === 'output_text' && text ? [text] : []))
    .join('\n\n');
}

function parsed<Schema extends z.ZodType>(schema: Schema, body: unknown, what: string): z.output<Schema> {
  return parseAnswer(schema, body, { what, speaks: AGENTS });
}
