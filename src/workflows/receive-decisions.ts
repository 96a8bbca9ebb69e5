import { log, setHandler, uuid4 } from '@temporalio/workflow';

import type { Decision, Receipt } from '../contracts/approval.ts';
import { decide, decideNow, decisionProblem } from './messages.ts';

/**
 * Listens for decisions, by update and by signal. What is no decision is answered here; `apply` gets the others, each as often
 * as it comes.
 */
export function receiveDecisions(apply: (decision: Decision) => Promise<Receipt>): void {
  setHandler(decideNow, receive);
  setHandler(decide, async (decision) => {
    await receive(decision);
  });

  async function receive(received: Decision): Promise<Receipt> {
    const decision = withDefaults(received);
    const problem = decisionProblem(decision);
    if (problem !== null) {
      log.warn('decision.malformed', { problem });
      const problems = [{ field: '', message: problem }];
      return { outcome: 'refused', approvalId: '', decisionId: '', reason: 'malformed_decision', problems };
    }
    const receipt = await apply(decision);
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
