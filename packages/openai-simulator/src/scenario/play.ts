import { nextMove, replyOf, type Move, type PlannedCall, type Script, type SettledCall } from './model.ts';

/** What a request lets the model do with its tools. */
export interface ToolUse {
  mode: 'none' | 'auto' | 'required';
  mayCall(call: PlannedCall): boolean;
  /** The function that is called when the model has to call one and has nothing planned. */
  fallback: string | undefined;
  /** Whether one answer may hold several calls. */
  isParallel: boolean;
}

/**
 * What the model does next where no run remembers its rounds: it is told from the calls that have outputs by now. The
 * calls of a round that have none are made, one at a time when the request wants it so. A call that may not be made is
 * left out.
 */
export function play(script: Script, settled: readonly SettledCall[], use: ToolUse): Move {
  const end = { kind: 'end', reply: replyOf(script, settled) } as const;
  if (use.mode === 'none') return end;
  const planned = openCalls(script, settled, use);
  const forced =
    use.mode === 'required' && use.fallback !== undefined ? [{ name: use.fallback, arguments: '{}' }] : [];
  const calls = planned.length > 0 ? planned : forced;
  if (calls.length === 0) return end;
  return { kind: 'call', calls: use.isParallel ? calls : calls.slice(0, 1) };
}

/** The calls without an output in the first round that has some; none after the last round. */
function openCalls(script: Script, settled: readonly SettledCall[], use: ToolUse): PlannedCall[] {
  let before = 0;
  for (let round = 0; ; round++) {
    const move = nextMove(script, round, settled.slice(0, before));
    if (move.kind === 'end') return [];
    const open: PlannedCall[] = [];
    let position = before;
    for (const call of move.calls.filter((it) => use.mayCall(it))) {
      const found = settled.findIndex(({ name }, index) => index >= position && name === call.name);
      if (found === -1) open.push(call);
      else position = found + 1;
    }
    if (open.length > 0) return open;
    before = position;
  }
}
