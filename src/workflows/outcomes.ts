import { ActivityFailure, ApplicationFailure, type TemporalFailure } from '@temporalio/workflow';

import type { Approval } from '../contracts/approval/approval.ts';
import type { FailureType } from '../contracts/failures/failures.ts';
import type { RunReport } from '../contracts/run.ts';
import type { TurnRemains } from '../contracts/turn.ts';

/** How a turn without a reply says so: each end of a run, and each failure of a step, as one typed failure. */

type Ended = Exclude<RunReport, { state: 'requires_action' | 'completed' }>;

export function runEnded(report: Ended): ApplicationFailure {
  const run = `The run ${report.runId}`;
  switch (report.state) {
    case 'failed':
      return failure(
        report.code === 'rate_limit_exceeded' ? 'Run.RateLimited' : 'Run.Failed',
        `${run} failed at the provider (${report.code}): ${report.message}`,
      );
    case 'incomplete':
      return failure('Run.Incomplete', `${run} stopped before its reply was complete: ${report.reason}.`);
    case 'expired':
      return failure(
        'Run.Expired',
        `${run} expired at the provider before it had its tool outputs or its reply.`,
      );
    case 'cancelled':
      return failure('Run.Cancelled', `${run} was cancelled at the provider, not by this turn.`);
    case 'unknown':
    case 'working':
      return failure(
        'Run.UnknownStatus',
        `${run} stayed in status "${report.providerStatus}", which this version does not know. Check that OPENAI_BASE_URL speaks the protocol in COUNTERSIGN_PROVIDER.`,
      );
    default:
      return report satisfies never;
  }
}

export function approvalExpired({ tool, approvalId }: Approval): ApplicationFailure {
  return failure(
    'Approval.Expired',
    `Nobody decided about "${tool}" in time (approval ${approvalId}), and its policy says to cancel the run. It was not carried out.`,
  );
}

export function tooManyRounds(maximumRounds: number): ApplicationFailure {
  return failure(
    'Turn.TooManyRounds',
    `The model has asked for tools more than ${maximumRounds} times in one turn, the limit of its assistant. What was done remains; the last calls were not carried out. Raise maximumRounds of defineAssistant if a turn may take more.`,
  );
}

/** The failure of a step as the failure of the turn: same type and words, with what the conversation must keep. */
export function turnFailure(error: TemporalFailure, remains: TurnRemains): ApplicationFailure {
  const cause = error instanceof ActivityFailure ? (error.cause ?? error) : error;
  const type = cause instanceof ApplicationFailure ? (cause.type ?? 'Turn.Failed') : 'Turn.Failed';
  return ApplicationFailure.create({
    type,
    message: cause.message,
    nonRetryable: true,
    details: [remains],
    cause: error,
  });
}

function failure(type: FailureType, message: string): ApplicationFailure {
  return ApplicationFailure.nonRetryable(message, type);
}
