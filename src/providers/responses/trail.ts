import type { RunReference, RunSnapshot } from '../../contracts/run.ts';
import { fitting } from './body.ts';
import { answeredBy, isInput, openCallsOf, ranIn, stateOf, textOf, type Item } from './items.ts';
import { keyText } from './request.ts';

/**
 * A run whose response has no id for us, because the answer that had it was lost: what it has left among the items of its
 * conversation stands for it. The id of such a run says where that begins:
 *
 *   items:KEY           after the item that bears the key of a message
 *   items:KEY:CALL_ID   after the answer to a call
 *
 * Items of a response appear when it has come to its end, so a trail never changes.
 */
const PREFIX = 'items:';

export function isTrail(runId: string): boolean {
  return runId.startsWith(PREFIX);
}

export function trailOfMessage(key: string): string {
  return `${PREFIX}${key}`;
}

export function trailOfOutputs(key: string, callId: string): string {
  return `${PREFIX}${key}:${callId}`;
}

/**
 * The run as its items show it.
 *
 * @param items - of its conversation, oldest first.
 * @returns null when its beginning is not among them.
 */
export function readTrail(items: readonly Item[], { threadId, runId }: RunReference): RunSnapshot | null {
  const [, key = '', ...call] = runId.split(':');
  const callId = call.length > 0 ? call.join(':') : undefined;
  const begin = items.findLastIndex((item) =>
    callId === undefined ? isKey(item, key) : answeredBy(item) === callId,
  );
  if (begin === -1) return null;
  const rest = items.slice(begin);
  const first = rest.findIndex((item) => !isInput(item));
  const after = first === -1 ? [] : rest.slice(first);
  const end = after.findIndex(isInput);
  const output = end === -1 ? after : after.slice(0, end);
  return {
    threadId,
    runId,
    timeLeftMs: null,
    callScope: key,
    ...stateOfTrail(output, { threadId, runId }),
    ...ranIn(output),
  };
}

/**
 * Whether a call of this id waits although one of the same id has been answered in the same turn: then the answer may be that of
 * either, and a trail from it may lead past a call that waits.
 *
 * @param items - of its conversation, oldest first.
 */
export function isRiddle(items: readonly Item[], callId: string): boolean {
  const begin = items.findLastIndex((item) => item.type === 'message' && item.role !== 'assistant');
  const turn = items.slice(begin + 1);
  const isAnswered = turn.some((item) => answeredBy(item) === callId);
  return isAnswered && openCallsOf(turn).some(({ toolCallId }) => toolCallId === callId);
}

function stateOfTrail(output: Item[], run: RunReference): Pick<RunSnapshot, 'providerStatus'> & StateOf {
  // The input is there and nothing came of it (yet): waited on for a while, then told.
  if (output.length === 0) return { state: 'unknown', providerStatus: 'without an answer' };
  const isCut = output.some((item) => item.type === 'message' && item.status === 'incomplete');
  if (isCut) {
    return { state: 'incomplete', reason: 'its message is incomplete', providerStatus: 'incomplete' };
  }
  return { ...fitting(stateOf(output), run), providerStatus: 'completed' };
}

type StateOf = ReturnType<typeof fitting>;

function isKey(item: Item, key: string): boolean {
  return item.type === 'message' && item.role === 'developer' && textOf(item) === keyText(key);
}
