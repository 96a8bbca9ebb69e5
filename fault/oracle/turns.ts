import { FINAL_TURN_STATUSES } from '../../src/contracts/turn.ts';
import type { Records } from '../records.ts';
import type { Complain } from './violations.ts';

/** Every accepted turn ends, and as planned. */
export function judgeTurns(records: Records, complain: Complain): void {
  const { http, views } = records;
  for (const { plan, turnIds } of http.turns) {
    const [turnId, ...others] = [...new Set(turnIds)];
    if (turnId === undefined) {
      complain('turn.refused', plan.conversationId, 'No start was answered 202.');
      continue;
    }
    if (others.length > 0) complain('turn.twice', plan.conversationId, `${turnId} and ${others.join(', ')}`);
    judgeEnd(records, turnId, plan.shape === 'withdrawn' ? 'cancelled' : 'completed', complain);
    const { status, approvals = [], continuations = [] } = views[turnId] ?? {};
    const isParked = approvals.some(({ parkedAt }) => parkedAt !== undefined);
    if (status === 'completed' && isParked && continuations.length === 0) {
      complain('continuation.missing', turnId, 'It had a parked question, and no turn came after it.');
    }
    for (const continuation of continuations) {
      judgeEnd(records, continuation, 'completed', complain);
    }
  }
}

function judgeEnd({ views }: Records, turnId: string, planned: string, complain: Complain): void {
  const view = views[turnId];
  if (view === undefined || view === null) {
    complain('turn.lost', turnId, 'Nobody knows it.');
  } else if (!FINAL_TURN_STATUSES.has(view.status)) {
    complain('turn.lost', turnId, `At the end it was ${view.status}.`);
  } else if (view.status !== planned) {
    const { type = '', message = '' } = view.failure ?? {};
    complain('turn.ended-badly', turnId, `It is ${view.status}, not ${planned}. ${type} ${message}`.trim());
  }
}
