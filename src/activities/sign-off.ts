import type { CallToRun } from '../contracts/approval/review.ts';
import { argumentsDigest } from '../contracts/digest.ts';
import type { FailureType } from '../contracts/failures.ts';
import type { SignOff } from '../contracts/steps.ts';

/**
 * The last look before an effect: is what is about to run what was reviewed and, where a person is asked, signed off in
 * time? Whatever has changed on the way here, nothing runs.
 *
 * @returns null when it may run, else the failure and why.
 */
export function signOffProblem({
  call,
  tenant,
  approval,
}: {
  call: CallToRun;
  tenant: string;
  approval: SignOff | undefined;
}): { type: FailureType; message: string } | null {
  const { tool, arguments: args, argumentsDigest: reviewed, approvalId, needsApproval } = call;
  if (digestOf({ tool, arguments: args, tenant }) !== reviewed) {
    return {
      type: 'Tool.DigestMismatch',
      message: `The call of "${tool}" is not the one that was reviewed, so nothing was run.`,
    };
  }
  if (needsApproval && approval?.approvalId !== approvalId) {
    return {
      type: 'Tool.NotSignedOff',
      message: `The call of "${tool}" needs a sign-off of its own and has none, so nothing was run.`,
    };
  }
  if (approval !== undefined && !isInTime(approval)) {
    return {
      type: 'Tool.SignOffExpired',
      message: `The sign-off of "${tool}" came at its deadline or later, so nothing was run.`,
    };
  }
  return null;
}

/** Arguments that are no JSON any more have no digest, and so not the reviewed one. */
function digestOf(call: Parameters<typeof argumentsDigest>[0]): string | null {
  try {
    return argumentsDigest(call);
  } catch {
    return null;
  }
}

function isInTime({ resolvedAt, deadline }: SignOff): boolean {
  const decidedMs = Date.parse(resolvedAt);
  const endMs = deadline === null ? Infinity : Date.parse(deadline);
  return decidedMs < endMs; // false too when one of them is not a time
}
