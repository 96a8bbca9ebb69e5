import { OUTPUT_BYTES } from '../../contracts/limits.ts';
import { cutToJsonBytes, inDigits, jsonBytes } from '../../contracts/size.ts';
import type { Executed } from '../../contracts/steps.ts';
import { wordsOf } from '../thrown.ts';

/** The action was carried out, and this is what its tool returned. */
export function executed(result: unknown): Executed {
  return { outcome: 'executed', output: fitted(toOutput(result)) };
}

/**
 * What a tool returns when it has no JSON, such as a cycle or a bigint, is no reason to run it again: the effect has
 * happened.
 */
function toOutput(result: unknown): string {
  if (result === undefined) return 'Done.';
  if (typeof result === 'string') return result;
  try {
    const text: unknown = JSON.stringify(result);
    return typeof text === 'string' ? text : 'Done.';
  } catch (error) {
    return `Done. What the tool returned cannot be shown: ${wordsOf(error)}`;
  }
}

/** The effect has happened, so an output that is too long is no failure: the model gets its beginning and is told so. */
function fitted(output: string): string {
  const cut = cutToJsonBytes(output, OUTPUT_BYTES);
  if (cut === output) return output;
  const size = `it has ${inDigits(jsonBytes(output))} bytes, at most ${inDigits(OUTPUT_BYTES)} are allowed`;
  return `${cut}\n[The output ends here because it is too long: ${size}. The tool was carried out; do not repeat it to see the rest.]`;
}
