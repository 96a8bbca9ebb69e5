import {
  getExternalWorkflowHandle,
  isCancellation,
  log,
  TemporalFailure,
  type SignalDefinition,
} from '@temporalio/workflow';

import { conversationWorkflowId } from '../contracts/ids.ts';
import type { Say, TurnInput, TurnRemains } from '../contracts/turn.ts';
import { say, turnHeld, turnLeft, type Held } from './messages.ts';

/** What a turn tells its conversation while it lives. The conversation may have continued as new: its id stays. */
export interface Parent {
  /** It keeps the conversation no longer. */
  left(remains: TurnRemains): Promise<void>;
  held(held: Omit<Held, 'turnId'>): Promise<void>;
  /** @returns whether the conversation was there to hear it. */
  say(message: Say): Promise<boolean>;
}

export function createParent({ tenant, conversationId, turnId }: TurnInput): Parent {
  const handle = getExternalWorkflowHandle(conversationWorkflowId(tenant, conversationId));

  async function tell<Payload>(signal: SignalDefinition<[Payload]>, payload: Payload): Promise<boolean> {
    try {
      await handle.signal(signal, payload);
      return true;
    } catch (error) {
      if (!(error instanceof TemporalFailure) || isCancellation(error)) throw error;
      // An operator has ended the conversation: what was decided and done stands in this turn.
      log.warn('conversation.gone', { turnId, signal: signal.name });
      return false;
    }
  }

  return {
    left: async (remains) => {
      await tell(turnLeft, { turnId, ...remains });
    },
    held: async (held) => {
      await tell(turnHeld, { turnId, ...held });
    },
    say: (message) => tell(say, message),
  };
}
