import { ApplicationFailure, log, setHandler, TemporalFailure, uuid4 } from '@temporalio/workflow';

import type { Decision, Receipt } from '../../contracts/approval/decision.ts';
import type { Approvals } from '../gate/approvals.ts';
import { CHANGES_NOTHING, decide, decideNow, decisionProblem } from '../messages.ts';

/**
 * Listens for decisions, by update and by signal. What is no decision is answered here; the approvals get the others, each as often as it
 * comes. An update that would change nothing is refused before it is kept: it costs the history nothing, of which Temporal keeps at
 * most 2,000 a run. Its receipt travels in the refusal.
 */
export function receiveDecisions({
  decide: take,
  foresee,
  leavesTrace,
}: Pick<Approvals, 'decide' | 'foresee' | 'leavesTrace'>): void {
  setHandler(decideNow, (received) => receive(received, { mayWait: false }), { validator: requireChange });
  setHandler(decide, async (received) => {
    try {
      await receive(received, { mayWait: true });
    } catch (error) {
      // Out of the handler of a signal a failure of Temporal's would end the workflow there and then, past its way out.
      if (!(error instanceof TemporalFailure)) throw error;
      log.warn('decision.failed', { error: String(error) });
    }
  });

  /** @throws ApplicationFailure `Decision.ChangesNothing`, with the receipt. */
  function requireChange(received: Decision): void {
    // Only what a taken decision does may use up the workflow's randomness, or a replay would draw otherwise.
    const decision = { ...DEFAULTS, ...received };
    const refusal = malformed(decision);
    const receipt = refusal ?? foresee(decision);
    if (receipt !== null && (refusal !== null || !leavesTrace(decision, receipt)))
      throw ApplicationFailure.create({ ...unchanged(receipt), nonRetryable: true });
  }

  async function receive(received: Decision, way: { mayWait: boolean }): Promise<Receipt> {
    const decision = withDefaults(received);
    const refusal = malformed(decision);
    if (refusal !== null) {
      log.warn('decision.malformed', { problem: refusal.problems?.[0]?.message });
      return refusal;
    }
    const receipt = await take(decision, way);
    const { approvalId, decisionId } = decision;
    log.info('decision.received', {
      approvalId,
      decisionId,
      decision: decision.decision,
      outcome: receipt.outcome,
    });
    return receipt;
  }
}

function malformed(decision: Decision): Receipt | null {
  const message = decisionProblem(decision);
  if (message === null) return null;
  const problems = [{ field: '', message }];
  return { outcome: 'refused', approvalId: '', decisionId: '', reason: 'malformed_decision', problems };
}

function unchanged(receipt: Receipt) {
  return {
    type: CHANGES_NOTHING,
    message: `The decision changes nothing: ${receipt.outcome}.`,
    details: [receipt],
  };
}

const DEFAULTS = { decisionId: 'unnamed', decidedAt: '', source: 'signal' };

/** A signal typed by hand may leave out what a program always sends. */
function withDefaults(decision: Partial<Decision>): Decision {
  return {
    // Not cryptographically secure, and need not be: it only tells decisions apart.
    decisionId: uuid4(),
    decidedAt: new Date().toISOString(),
    source: 'signal',
    ...decision,
  } as Decision;
}
