import { CancellationScope, condition, isCancellation, TemporalFailure } from '@temporalio/workflow';

import type { AnyApproval } from '../../contracts/approval/approval.ts';
import type { Decision, FieldProblem, RefusalReason } from '../../contracts/approval/decision.ts';
import { isSamePerson } from '../../contracts/deciding/same-person.ts';
import type { CheckDecision, DecisionChecked } from '../../contracts/steps.ts';
import type { Facts } from '../facts.ts';
import { checkDecision, checkDecisionApart, checkDecisionAtLast } from '../steps.ts';
import { isTimedOut } from '../timed-out.ts';

/** Clocks of gateways and of Temporal may differ by so much. */
const SKEW_MS = 5 * 60_000;

interface Refusal extends FieldProblem {
  reason: RefusalReason;
}

/** @returns why the decision must not be counted, whatever the ledger says of it; null when it may be. */
type SenderCheck<Held extends AnyApproval> = (
  asked: Held,
  decision: Decision,
  isOpen: () => boolean,
) => Promise<Refusal | null>;

/**
 * Looks at whoever decides:
 *
 *   signature, right ──▶ good ─────▶ the ledger
 *                    ──▶ refused
 *                    ──▶ the store is down, or the look takes long ──▶ it waits, until the approval is settled otherwise
 *
 * Where anybody may decide, and a right is looked at once more right before the effect, nobody waits.
 */
export function createSenderCheck<Held extends AnyApproval>({
  isRecorded,
  oneAtATime,
}: Pick<Facts, 'isRecorded' | 'oneAtATime'>): {
  isNeeded: (asked: Held) => boolean;
  problemOf: SenderCheck<Held>;
} {
  /** Once a look took too long, others are not begun in a workflow task either: together they could outlast it. */
  let isSlow = false;
  return { isNeeded: ({ isAttested }) => isAttested === true || isRecorded(), problemOf };

  async function problemOf(asked: Held, decision: Decision, isOpen: () => boolean): Promise<Refusal | null> {
    const { tenant, isAttested } = asked;
    if (isAttested && Date.parse(decision.decidedAt) > Date.now() + SKEW_MS)
      return unattested('is refused: the decision is of a time that has not come yet.');
    const sent = {
      ...{ tenant, decision },
      ...(isAttested && { isAttested }),
      ...(isRecorded() && { isRecorded: true as const }),
      ...othersThan(asked, decision),
    };
    try {
      const checked = await lookSoon(sent);
      if (checked !== null && checked.is !== 'unchecked') return refusalOf(checked);
      if (!isLookedAtAgain(asked)) return refusalOf(await onceKnown(() => checkDecisionAtLast(sent), isOpen));
      if (checked !== null || !isAttested) return null;
      // A signature needs no store.
      const { isRecorded: _, ...signed } = sent;
      return refusalOf(await onceKnown(() => checkDecisionAtLast(signed), isOpen));
    } catch (error) {
      if (!(error instanceof TemporalFailure) || isCancellation(error)) throw error;
      return unattested(`cannot be checked: ${error.cause?.message ?? error.message}`);
    }
  }

  /** @returns null when it takes long: nothing is known yet. */
  async function lookSoon(sent: CheckDecision): Promise<DecisionChecked | null> {
    if (isSlow) return null;
    try {
      const checked = await (oneAtATime(() => checkDecision(sent)) ?? checkDecisionApart(sent));
      isSlow = checked.is === 'unchecked';
      return checked;
    } catch (error) {
      if (!isTimedOut(error)) throw error;
      isSlow = true;
      return null;
    }
  }
}

/** Whom the ledger cannot tell to be the same person, because only the directory knows them under several names. */
function othersThan(
  { rule, requestedBy, startedBy, votes = [] }: AnyApproval,
  { decision, approver, breakGlass }: Decision,
): Pick<CheckDecision, 'others'> {
  const isOther = (name: string | undefined): name is string =>
    name !== undefined && !isSamePerson(approver, name);
  const isVote = decision !== 'edit' && breakGlass !== true;
  const voters = isVote ? votes.map((vote) => vote.approver.id).filter(isOther) : [];
  const requesters = rule?.notRequester === true ? [requestedBy, startedBy].filter(isOther) : [];
  return voters.length + requesters.length === 0 ? {} : { others: { voters, requesters } };
}

function refusalOf(checked: DecisionChecked): Refusal | null {
  if (checked.is !== 'refused') return null;
  const { reason, problem } = checked;
  if (reason === 'unattested') return unattested(`is refused: the decision ${problem}.`);
  return { reason, field: 'approver', message: problem };
}

function unattested(message: string): Refusal {
  return { reason: 'unattested', field: 'attestation', message };
}

/** Who decides about a request lets the requester act at once, and the provider looks at nothing: there the vote is the last look. */
function isLookedAtAgain({ turnId, runsAt, approvers, rule }: AnyApproval): boolean {
  return turnId !== undefined && runsAt === undefined && approvers === undefined && rule === undefined;
}

/** The answer; `good` once nobody need decide any more, for the ledger to say so. */
async function onceKnown(
  look: () => Promise<DecisionChecked>,
  isOpen: () => boolean,
): Promise<DecisionChecked> {
  const scope = new CancellationScope();
  try {
    return await scope.run(() => {
      const over = condition(() => !isOpen()).then((): DecisionChecked => ({ is: 'good' }));
      return Promise.race([look(), over]);
    });
  } finally {
    scope.cancel();
  }
}
