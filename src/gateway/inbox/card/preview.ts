import type { AnyApproval } from '../../../contracts/approval/approval.ts';
import type { ToolArguments } from '../../../contracts/tool-call.ts';
import type { FailedForm } from '../decision-forms.ts';
import { words } from '../strings/words.ts';

/** The form of an edit again, with what it would change, or why it would change nothing. It decides nothing. */
export function previewOf(
  { status, argumentsDigest }: Pick<AnyApproval, 'status' | 'argumentsDigest'>,
  typed: Omit<FailedForm, 'errors'>,
  { change, seen }: { change: ToolArguments | undefined; seen: string | undefined },
): FailedForm {
  const form = { ...typed, errors: [], ...(change && { change }) };
  if (status !== 'pending') return { ...form, message: words().signIn.settledMeanwhile };
  return seen === argumentsDigest ? form : { ...form, message: words().refused.changed };
}
