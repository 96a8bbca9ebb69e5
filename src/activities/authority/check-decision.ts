import { log } from '@temporalio/activity';

import { isSamePerson } from '../../contracts/deciding/same-person.ts';
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
      const unsigned = await unsignedIn(sent);
      if (unsigned !== null || !sent.isRecorded) return unsigned ?? { is: 'good' };
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

    /** The same, as soon as the store says so. */
    async checkDecisionAtLast(sent: CheckDecision): Promise<DecisionChecked> {
      const unsigned = await unsignedIn(sent);
      if (unsigned !== null || !sent.isRecorded) return unsigned ?? { is: 'good' };
      try {
        return await rightOf(sent);
      } catch (error) {
        throw isStoreDown(error) ? storeUnavailable(error.message) : error;
      }
    },
  };

  async function unsignedIn(sent: CheckDecision): Promise<DecisionChecked | null> {
    if (attestations === undefined && sent.decision.attestation !== undefined && !hasWarned) {
      hasWarned = true;
      log.warn('attestation.ignored', { remedy: IGNORED });
    }
    const problem = sent.isAttested ? await unattestedIn(sent) : null;
    return problem === null ? null : { is: 'refused', reason: 'unattested', problem };
  }

  async function unattestedIn({ decision, tenant }: CheckDecision): Promise<string | null> {
    if (attestations !== undefined) return attestations.problemIn(decision, tenant);
    const { approvalId, decisionId } = decision;
    log.warn('attestation.unchecked', { approvalId, decisionId, remedy: 'Set COUNTERSIGN_TRUSTED_KEYS.' });
    return null;
  }

  async function rightOf({ tenant, decision, others }: CheckDecision): Promise<DecisionChecked> {
    if (recorder === undefined) throw storeUnavailable(NO_STORE);
    const { id } = decision.approver;
    const revoked = await recorder.revokedAmong(tenant, [id]);
    if (revoked.has(id)) {
      const problem = `must be somebody else: the right of ${id} to decide has been taken away.`;
      return { is: 'refused', reason: 'revoked', problem };
    }
    if (others === undefined) return { is: 'good' };
    const { voters, requesters } = others;
    const ids = await recorder.idsOf(tenant, [id, ...voters, ...requesters]);
    const known = ids.get(id) ?? id;
    const same = (names: string[]) => names.find((name) => isSamePerson({ id: known }, ids.get(name)));
    const asker = same(requesters);
    if (asker !== undefined) {
      const problem = `must be somebody else: ${known} has asked for this action as ${asker}, and its policy wants another person.`;
      return { is: 'refused', reason: 'requester', problem };
    }
    const voter = same(voters);
    if (voter === undefined) return { is: 'good' };
    const problem = `has voted before: ${known} did as ${voter}. A vote stands.`;
    return { is: 'refused', reason: 'already_voted', problem };
  }
}
