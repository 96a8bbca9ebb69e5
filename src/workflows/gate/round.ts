import type { Approval } from '../../contracts/approval/approval.ts';
import type { ReviewedCall } from '../../contracts/approval/review.ts';
import type { ToolOutput } from '../../contracts/run.ts';
import type { Executed, Submission, SubmitOutcome, TurnFacts } from '../../contracts/steps.ts';
import type { Told } from '../../contracts/told.ts';

/** One `requires_action`: what a turn gives its gate, and what it gets back. */

export interface Round {
  facts: TurnFacts & { assistant: string };
  calls: ReviewedCall[];
  /** When the run must get its outputs, on Temporal's clock; null when the protocol has no such deadline. */
  runDeadlineMs: number | null;
  /** When the worker that reviewed the calls asked; now in histories from before. */
  askedAtMs?: number | undefined;
  /** The record does not have the questions yet. */
  isOwed?: boolean;
  isAttested?: true | undefined;
  /** With it the output of a call that is alone may be submitted where the call is run (carry-out.ts). */
  submission?: Submission;
}

/** All outputs of the round; with `submit`, somebody has tried to submit them. */
export interface Outputs extends Pick<Carried, 'submit'> {
  kind: 'outputs';
  outputs: ToolOutput[];
}

export type Settled = Outputs | { kind: 'cancel_run'; approval: Approval };

/** A question that outlived its run, answered or over; `output` is what the model would have got. */
export interface Late {
  approval: Approval;
  output: string;
}

/** What the model is to be told of a call, and what came of telling it if that has been tried. */
export type Carried = Told & {
  submit?: SubmitOutcome;
  /** Nothing ran, and people may sign it off once more. */
  askAgain?: Executed;
};
