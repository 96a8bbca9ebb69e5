import { log } from '@temporalio/activity';

import type { CheckDecision, DecisionChecked } from '../../contracts/steps.ts';
import { answersSoon, isStoreDown, type Recorder } from '../../record/recorder.ts';
import type { Attestations } from './attestations.ts';
import { storeUnavailable } from '../recording/wait-for-store.ts';

/** A person waits for the receipt. */
const SOON_MS = 1_000;
const IGNORED =
  'A gateway signs its decisions, and this worker has no COUNTERSIGN_TRUSTED_KEYS: give it the public keys that the gateways have.';
const NO_STORE = 'this decision is recorded, and this worker has no store.';

/**
 * Looks at a decision before it is counted, by whichever door it came: a trusted gateway has signed it, and nobody has taken the right of
 * whoever decides. A worker that trusts no keys counts every decision, and says so.
 */
export function createDecisionActivities(
  attestations: Attestations | undefined,
  recorder: Recorder | undefined,
) {
  let hasWarned = false;
  return {
    async checkDecision(sent: CheckDecision): Promise<DecisionChecked> {
      if (attestations === undefined && sent.decision.attestation !== undefined && !hasWarned) {
        hasWarned = true;
        log.warn('attestation.ignored', { remedy: IGNORED });
      }
      const unattested = sent.isAttested ? await unattestedIn(sent) : null;
      if (unattested !== null) return { is: 'refused', reason: 'unattested', problem: unattested };
      if (!sent.isRecorded) return { is: 'good' };
      if (recorder === undefined) return { is: 'unchecked', because: NO_STORE };
      try {
        return await answersSoon(rightOf(sent), SOON_MS);
      } catch (error) {
        if (!isStoreDown(error)) throw error;
        const { approvalId, decisionId } = sent.decision;
        log.warn('decision.waiting_for_store', { approvalId, decisionId, because: error.message });
        return { is: 'unchecked', because: error.message };
      }
    },

    /** Whether they have their right, as soon as the store says so. */
    async checkRightAtLast(sent: CheckDecision): Promise<DecisionChecked> {
      try {
        return await rightOf(sent);
      } catch (error) {
        throw isStoreDown(error) ? storeUnavailable(error.message) : error;
      }
    },
  };

  async function unattestedIn({ decision, tenant }: CheckDecision): Promise<string | null> {
    if (attestations !== undefined) return attestations.problemIn(decision, tenant);
    const { approvalId, decisionId } = decision;
    log.warn('attestation.unchecked', { approvalId, decisionId, remedy: 'Set COUNTERSIGN_TRUSTED_KEYS.' });
    return null;
  }

  async function rightOf({ tenant, decision, notBy = [] }: CheckDecision): Promise<DecisionChecked> {
    if (recorder === undefined) throw storeUnavailable(NO_STORE);
    const { id } = decision.approver;
    const [revoked, isRequester] = await Promise.all([
      recorder.revokedAmong(tenant, [id]),
      notBy.length > 0 && recorder.isOneOf(tenant, id, notBy),
    ]);
    if (revoked.has(id)) return refused('revoked', `the right of ${id} to decide has been taken away`);
    if (isRequester) return refused('requester', `${id} has asked for this action, as the directory knows`);
    return { is: 'good' };
  }
}

function refused(reason: 'revoked' | 'requester', why: string): DecisionChecked {
  return { is: 'refused', reason, problem: `must be somebody else: ${why}.` };
}
