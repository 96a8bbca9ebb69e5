import type { CallToRun } from './approval.ts';
import { EDIT_SHOWN_BYTES, ROUND_OUTPUTS_BYTES } from './limits.ts';
import type { ToolOutput } from './run.ts';
import { cutToJsonBytes, fitTogether, inDigits, jsonBytes } from './size.ts';

/** What the model is told of one call: words it understands at once, the same with every protocol. */
export type Told = Omit<ToolOutput, 'toolCallId'>;

export const TIMED_OUT = 'Timed out. Do not proceed.';
export const TURN_OVER = 'The turn is over. The action was not carried out.';

/** Nothing was carried out. */
export function refusal(output: string): Told {
  return { output, isRefusal: true };
}

/** Of a call that was run. */
export function toldOf(
  call: CallToRun,
  { outcome, output }: { outcome: 'executed' | 'failed'; output: string },
  isEdited: boolean,
): Told {
  const told = isEdited ? `${output}\n${editNotice(call)}` : output;
  return outcome === 'failed' ? refusal(told) : { output: told };
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

function editNotice(call: CallToRun): string {
  const text = JSON.stringify(call.arguments);
  const shown = cutToJsonBytes(text, EDIT_SHOWN_BYTES);
  const more = shown === text ? '' : `… (cut: ${inDigits(jsonBytes(call.arguments))} bytes)`;
  return `Note: a person changed the arguments before approving. What was approved: ${shown}${more}`;
}

export function notes(note: string | undefined): string {
  return note === undefined || note === '' ? '' : ` Notes: ${note}`;
}
