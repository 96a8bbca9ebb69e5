import type { OnRunDeadline } from '../contracts/approval/approval.ts';
import type { Channel, Verdict } from '../contracts/approval/review.ts';
import type { TurnContext } from '../contracts/turn.ts';
import { DefinitionError } from '../contracts/definition-error.ts';
import { toMs, type Duration } from './duration.ts';

/** Which calls need a person: one verdict for all calls, or a function of the parsed arguments and the trusted context. */
export type Policy<Args> = Verdict | ((args: Args, context: TurnContext) => Verdict | Promise<Verdict>);

/** The call runs without asking anybody. */
export function allow(): Verdict {
  return { kind: 'allow' };
}

/** The call never runs; the model is told the reason. */
export function forbid(reason: string): Verdict {
  return { kind: 'forbid', reason };
}

/**
 * The call waits until a person approves it.
 *
 * @param rule.within - how long the approval stays open. By default until the run's deadline.
 * @param rule.onRunDeadline - what happens at the run's deadline. `deny` tells the model that time is up. `cancel` cancels the run and
 *   ends the turn. `park` ends the run with a placeholder and keeps the approval open. The default is `park` when `within` reaches
 *   beyond the run, else `deny`.
 * @param rule.approvers - groups that may decide. The approver must belong to one of them.
 * @param rule.reason - the reason for asking, shown to the approver.
 * @param rule.askAlso - `handover` also asks at the Handover, and the first answer wins. Tool, description and arguments are sent
 *   there. The worker needs COUNTERSIGN_HANDOVER_URL and COUNTERSIGN_HANDOVER_API_KEY.
 */
export function requireApproval(
  rule: {
    within?: Duration;
    onRunDeadline?: OnRunDeadline;
    approvers?: string[];
    reason?: string;
    askAlso?: Channel;
  } = {},
): Verdict {
  const { within, onRunDeadline, approvers, reason, askAlso } = rule;
  if (onRunDeadline === 'park' && within === undefined) {
    throw new DefinitionError(
      'requireApproval({ onRunDeadline: "park" }) needs "within": set how long the approval stays open.',
    );
  }
  return {
    kind: 'ask',
    ...(onRunDeadline === undefined ? {} : { onRunDeadline }),
    ...(within === undefined ? {} : { withinMs: toMs(within, 'within') }),
    ...(approvers === undefined ? {} : { approvers }),
    ...(reason === undefined ? {} : { reason }),
    ...(askAlso === undefined ? {} : { askAlso }),
  };
}
