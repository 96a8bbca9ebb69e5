import { proxySinks, workflowInfo, type Sinks } from '@temporalio/workflow';

import type { TurnEnd } from '../contracts/events.ts';
import type { TurnInput } from '../contracts/turn.ts';

interface TurnSinks extends Sinks {
  turns: { ends(end: TurnEnd): void };
}

const { turns } = proxySinks<TurnSinks>();

/**
 * Tells the worker how the turn is about to end, or that it parks. This leaves no event: the worker hears of it before Temporal does, and
 * asks Temporal what has become of it.
 */
export function tellEnd({ tenant, turnId, conversationId }: TurnInput, how: TurnEnd['how']): void {
  if (workflowInfo().unsafe.isReplaying) return;
  turns.ends({ tenant, turnId, conversationId, how, runId: workflowInfo().runId });
}
