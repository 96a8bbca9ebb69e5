import {
  ActivityFailure,
  CancellationScope,
  condition,
  getExternalWorkflowHandle,
  isCancellation,
  log,
  TemporalFailure,
} from '@temporalio/workflow';

import type { Decision } from '../contracts/approval/decision.ts';
import type { FollowedDecision, HandoverInput, HandoverLook, HandoverResult } from '../contracts/handover.ts';
import { workflowOfApproval } from '../contracts/ids.ts';
import { decide, hint } from './messages.ts';
import { hintProblem } from './receive/payloads.ts';
import { receiveSignal } from './receive/signal.ts';
import { handoverSteps } from './steps.ts';

/** Looking goes on for so long after the question's end: the turn judges what comes too late, not we. */
const GRACE_MS = 60_000;

/** Each hint costs events. After this many, only polling finds the answer. */
const MAXIMUM_HINTS = 200;
/** Decisions that are followed at once. There is one for each lost answer to a request, so more are no accident. */
const MAXIMUM_FOLLOWED = 8;

/**
 * One approval, asked about at the Handover.
 *
 *   ask ─▶ look ─┬─▶ answered ─▶ the turn is told by the signal `decide` ─▶ end
 *           ▲    ├─▶ settled elsewhere, or time is up ─▶ end
 *           │    └─▶ closed without an answer that counts ─▶ the question goes on in the inbox ─▶ end
 *           └── a hint: look now, also at the decision it names
 *
 * A request whose answer is lost is sent again. If the Handover takes that for another question, there are two decisions and we
 * know the id of the second one only; the first one's callback brings the other, and then both are followed.
 */
export async function handover(input: HandoverInput): Promise<HandoverResult> {
  const { tenant, approvalId, argumentsDigest, deadline, card, token } = input;
  const endsAtMs = deadline === null ? Infinity : Date.parse(deadline);
  let followed: FollowedDecision[] = [];
  const question: { is: 'being asked' | 'asked' | 'settled' | 'not asked' } = { is: 'being asked' };
  /** The look under way, and whether it does not know the latest yet. */
  const looking: { scope?: CancellationScope; isOutdated: boolean } = { isOutdated: false };
  let hints = 0;

  receiveSignal(hint, hintProblem, ({ decisionId }) => {
    hints += 1;
    if (hints > MAXIMUM_HINTS) return;
    if (decisionId !== undefined) follow({ id: decisionId, isOurs: false });
    lookNow();
  });

  ask().catch((error: unknown) => {
    if (!isCancellation(error)) throw error; // cancelled: so is the loop below
  });
  for (;;) {
    await condition(() => followed.length > 0 || question.is !== 'being asked');
    if (question.is === 'settled') return { outcome: 'settled' };
    if (followed.length === 0) return { outcome: question.is === 'not asked' ? 'not_asked' : 'closed' };
    const seen = await look();
    switch (seen.state) {
      case 'hinted':
        break;
      case 'closed':
        followed = followed.filter(({ id }) => !seen.ids.includes(id));
        break;
      case 'answered':
        return { outcome: (await tell(seen.decision)) ? 'answered' : 'settled' };
      case 'settled':
      case 'overdue':
        return { outcome: seen.state };
      default:
        return seen satisfies never;
    }
  }

  async function ask(): Promise<void> {
    const { askHandover } = handoverSteps(timeLeftMs());
    try {
      const id = await askHandover({ tenant, approvalId, card, token });
      if (id !== null) follow({ id, isOurs: true });
      question.is = id === null ? 'settled' : 'asked';
    } catch (error) {
      if (!(error instanceof ActivityFailure) || isCancellation(error)) throw error;
      log.warn('handover.not_asked', { approvalId, error: error.cause?.message ?? error.message });
      question.is = 'not asked';
    }
    lookNow();
  }

  /** Ends with an answer, or when there is news that a look under way does not know. */
  async function look(): Promise<HandoverLook | { state: 'hinted' }> {
    const scope = new CancellationScope();
    Object.assign(looking, { scope, isOutdated: false });
    try {
      const { lookAtHandover } = handoverSteps(timeLeftMs());
      const about = { tenant, approvalId, argumentsDigest, deadline, action: card.action };
      return await scope.run(() => lookAtHandover({ ...about, followed }));
    } catch (error) {
      if (looking.isOutdated && isCancellation(error)) return { state: 'hinted' };
      if (!(error instanceof ActivityFailure) || isCancellation(error)) throw error;
      log.warn('handover.not_read', { approvalId, error: error.cause?.message ?? error.message });
      return { state: 'overdue' };
    }
  }

  function lookNow(): void {
    looking.isOutdated = true;
    looking.scope?.cancel();
  }

  /** A question of ours stays ours, even if a hint names it too. */
  function follow(decision: FollowedDecision): void {
    const known = followed.find(({ id }) => id === decision.id);
    if (known !== undefined) known.isOurs ||= decision.isOurs;
    else if (decision.isOurs || followed.length < MAXIMUM_FOLLOWED) followed.push(decision);
  }

  /** @returns false when the turn is over in the meantime. */
  async function tell(decision: Decision): Promise<boolean> {
    const holder = workflowOfApproval(tenant, approvalId);
    if (holder === null) throw new TypeError(`No workflow holds ${approvalId}.`);
    try {
      await getExternalWorkflowHandle(holder).signal(decide, decision);
      return true;
    } catch (error) {
      if (!(error instanceof TemporalFailure) || isCancellation(error)) throw error;
      log.info('turn.gone', { approvalId });
      return false;
    }
  }

  function timeLeftMs(): number {
    return Math.max(endsAtMs - Date.now(), 0) + GRACE_MS;
  }
}
