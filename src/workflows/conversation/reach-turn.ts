import {
  getExternalWorkflowHandle,
  isCancellation,
  log,
  TemporalFailure,
  type ExternalWorkflowHandle,
  type SignalDefinition,
} from '@temporalio/workflow';

import { turnWorkflowId } from '../../contracts/ids.ts';

/** How a conversation speaks to its turns, which are workflows of their own and may have ended meanwhile. */
export interface TurnReach {
  /** @returns false when the turn has ended, so that it needs no telling. */
  tell(turnId: string, signal: SignalDefinition): Promise<boolean>;
  cancel(turnId: string): Promise<void>;
}

export function createTurnReach(tenant: string): TurnReach {
  return {
    tell: (turnId, signal) => reach(turnId, (turn) => turn.signal(signal)),
    cancel: async (turnId) => {
      await reach(turnId, (turn) => turn.cancel());
    },
  };

  async function reach(
    turnId: string,
    tell: (turn: ExternalWorkflowHandle) => Promise<void>,
  ): Promise<boolean> {
    try {
      await tell(getExternalWorkflowHandle(turnWorkflowId(tenant, turnId)));
      return true;
    } catch (error) {
      if (!(error instanceof TemporalFailure) || isCancellation(error)) throw error;
      log.info('turn.gone', { turnId });
      return false;
    }
  }
}
