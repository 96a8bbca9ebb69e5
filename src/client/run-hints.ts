import { WorkflowNotFoundError, type Client } from '@temporalio/client';

import { conversationOfTurn, isTenant, turnWorkflowId } from '../contracts/ids.ts';
import { runChanged, type RunHint } from '../workflows/messages.ts';

export function createRunHints(temporal: Client) {
  return { hintRun };

  /**
   * Lets a turn look at its run now. Nothing is taken from the hint: what has become of the run is read at the provider.
   *
   * @returns false when the tenant has no such turn under way; then nobody need look.
   */
  async function hintRun({
    tenant,
    turnId,
    ...hint
  }: RunHint & { tenant: string; turnId: string }): Promise<boolean> {
    if (!isTenant(tenant) || conversationOfTurn(turnId) === null) return false;
    try {
      await temporal.workflow.getHandle(turnWorkflowId(tenant, turnId)).signal(runChanged, hint);
      return true;
    } catch (error) {
      if (error instanceof WorkflowNotFoundError) return false;
      throw error;
    }
  }
}
