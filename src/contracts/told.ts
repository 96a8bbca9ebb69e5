import type { Approval } from './approval/approval.ts';
import { EDIT_SHOWN_BYTES, ROUND_OUTPUTS_BYTES } from './limits.ts';
import type { ToolOutput } from './run.ts';
import { fitTogether } from './size.ts';

/** What the model is told of one call: words it understands at once, the same with every protocol. */
export type Told = Omit<ToolOutput, 'toolCallId'>;

export const TIMED_OUT = 'Timed out. Do not proceed.';
export const TURN_OVER = 'The turn is over. The action was not carried out.';

/** Nothing was carried out. */
export function refusal(output: string): Told {
  return { output, isRefusal: true };
}

/** Of a call that was run; with the notice of its edit, if there was one. */
export function toldOf(
  { outcome, output }: { outcome: 'executed' | 'failed' | 'stale'; output: string },
  notice: string | undefined,
): Told {
  const told = withNotice(output, notice);
  return outcome === 'executed' ? { output: told } : refusal(told);
}

/** All outputs travel in one request: together they must not be too large. */
export function fitting(outputs: ToolOutput[]): ToolOutput[] {
  const texts = fitTogether(
    outputs.map(({ output }) => output),
    ROUND_OUTPUTS_BYTES,
  );
  return outputs.map((output, index) => ({ ...output, output: texts[index] ?? output.output }));
}

export function mayHaveHappened({ tool }: { tool: string }): string {
  return `The outcome of "${tool}" is unknown: it may or may not have been carried out.`;
}

export function outcomeUnknown(call: { tool: string }): string {
  return `${mayHaveHappened(call)} Do not repeat it; tell the user that a person has to check.`;
}

/** That a person changed what the model asked for: what it was, what it became, and by whom. Undefined when nobody did. */
export function editNotice({ arguments: args, replaced, decision, proposed }: Approval): string | undefined {
  const [first] = replaced ?? [];
  if (first === undefined || decision === undefined) return undefined;
  const [asked, approved] = fitTogether(
    [first.arguments, args].map((shown) => JSON.stringify(shown)),
    EDIT_SHOWN_BYTES,
  );
  const by = proposed?.by.kind === 'person' ? proposed.by.id : decision.approver.id;
  const who = by === decision.approver.id ? by : `${by} proposed and ${decision.approver.id}`;
  return `Note: a person changed the arguments before approving. What you asked for: ${asked}. What ${who} approved instead: ${approved}`;
}

/** What is told of a call that a person changed names the change, however it ended. */
export function withNotice(output: string, notice: string | undefined): string {
  return notice === undefined ? output : `${output}\n${notice}`;
}

export function notes(note: string | undefined): string {
  return note === undefined || note === '' ? '' : ` Notes: ${note}`;
}
