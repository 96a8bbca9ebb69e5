import { timingSafeEqual } from 'node:crypto';

import { WorkflowNotFoundError, type Client } from '@temporalio/client';

import type { HandoverMemo } from '../contracts/handover.ts';
import { handoverWorkflowId, isApprovalId, isTenant } from '../contracts/ids.ts';
import { MEMO } from '../contracts/workflow-names.ts';
import { hint } from '../workflows/messages.ts';
import { ignoreNotFound } from './read-turn.ts';

/** A callback of the Handover, as far as it is looked at. */
export interface HandoverHint {
  tenant: string;
  approvalId: string;
  /** From the address that was given to the Handover for this approval alone. */
  token: string;
  /** Reads which decision it is about, if it says so: asked for once the token has proved good. */
  readDecisionId: () => Promise<string | undefined>;
}

export function createHandoverClient(temporal: Client) {
  return { hintHandover };

  /**
   * Lets the question be looked at now. Nothing is taken from the hint: what was decided is read at the Handover.
   *
   * @returns false unless the token is that of the question. True also when the question is over: then nobody need look.
   */
  async function hintHandover({ tenant, approvalId, token, readDecisionId }: HandoverHint): Promise<boolean> {
    if (!isTenant(tenant) || !isApprovalId(approvalId)) return false;
    const question = temporal.workflow.getHandle(handoverWorkflowId(tenant, approvalId));
    const found = await question.describe().catch(ignoreNotFound);
    const memo = found?.memo?.[MEMO] as HandoverMemo | undefined;
    if (found === undefined || memo === undefined || !isSame(token, memo.token)) return false;
    if (found.status.name !== 'RUNNING') return true;
    const decisionId = await readDecisionId();
    try {
      await question.signal(hint, { ...(decisionId !== undefined && { decisionId }) });
    } catch (error) {
      if (!(error instanceof WorkflowNotFoundError)) throw error; // it ended in the meantime
    }
    return true;
  }
}

function isSame(given: string, expected: string): boolean {
  const [one, other] = [Buffer.from(given), Buffer.from(expected)];
  return one.length === other.length && timingSafeEqual(one, other);
}
