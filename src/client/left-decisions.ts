import type { Client } from '@temporalio/client';

import type { AnyApproval } from '../contracts/approval/approval.ts';
import type { Decision, FieldProblem } from '../contracts/approval/decision.ts';
import { reuseOf } from '../contracts/deciding/same-decision.ts';
import { decide, decideNow } from '../workflows/messages.ts';
import { eventsBackwards, messageOf, timeOf } from './sent-messages.ts';

const NAMES = { signal: decide.name, update: decideNow.name };

/**
 * Whether a decision is about to reuse the id of one that is kept for a worker: by signal, or by an update that no worker has ended.
 * The ledger would take the first of them and tell nobody of the second. Needs no worker.
 *
 * @returns what the two say otherwise; null when the id is new, or the decision the same.
 */
export async function reuseOfLeft(
  client: Client,
  workflowId: string,
  { requestedAt, turnId }: AnyApproval,
  decision: Decision,
): Promise<FieldProblem[] | null> {
  const askedAtMs = Date.parse(requestedAt);
  const ended = new Set<string>();
  for await (const event of eventsBackwards(client, workflowId)) {
    // Nobody can have decided before it was asked; a request's time is its client's clock, and its history short.
    if (turnId !== undefined && timeOf(event) < askedAtMs) return null;
    const endedNow = event.workflowExecutionUpdateCompletedEventAttributes?.meta?.updateId;
    if (endedNow) ended.add(endedNow);
    const update = event.workflowExecutionUpdateAcceptedEventAttributes?.acceptedRequest?.meta?.updateId;
    if (update && ended.has(update)) continue;
    const left = messageOf(client, event, NAMES);
    const reuse = isDecision(left) ? reuseOf(left, decision) : null;
    if (reuse !== null) return reuse;
  }
  return null;
}

/** As far as it has to be looked at: whoever may send signals may send anything. */
function isDecision(value: unknown): value is Decision {
  const { approvalId, decisionId, source, approver } = (value ?? {}) as Partial<Decision>;
  return [approvalId, decisionId, source, approver?.id].every((field) => typeof field === 'string');
}
