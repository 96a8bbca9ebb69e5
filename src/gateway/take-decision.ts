import { createHash, randomUUID } from 'node:crypto';

import type { Accepted, Approver, DecisionBody, Receipt } from '../contracts/approval/decision.ts';
import { definedOnly } from './defined-only.ts';
import type { GatewayParts } from './gateway-env.ts';

/** A decision as it arrived: by API key, by webhook or from the inbox. */
export interface IncomingDecision {
  tenant: string;
  approvalId: string;
  approver: Approver;
  source: string;
  body: DecisionBody;
  /** An Idempotency-Key or webhook id: the same one again is the same decision. */
  key?: string | undefined;
  requestId: string;
}

const DECISION_ID = /^[A-Za-z0-9_.:-]{1,128}$/;

/**
 * Gives a decision to the turn that holds the approval; the log and the metrics learn what became of it.
 *
 * @returns null when the tenant has no such approval.
 */
export async function takeDecision(
  { client, clock, log, metrics }: GatewayParts,
  incoming: IncomingDecision,
): Promise<Receipt | Accepted | null> {
  const { tenant, approvalId, approver, source, body, key, requestId } = incoming;
  const decisionId = key === undefined ? (body.decisionId ?? randomUUID()) : toDecisionId(key);
  const answer = await client.decide(tenant, {
    ...definedOnly(body),
    approvalId,
    decisionId,
    approver,
    decidedAt: new Date(clock()).toISOString(),
    source,
  });
  const outcome = answer?.outcome ?? 'unknown';
  metrics.countDecision({ source: source.split(':')[0] ?? source, outcome });
  log('decision.answered', {
    requestId,
    tenant,
    approvalId,
    decisionId,
    approver: approver.id,
    source,
    outcome,
  });
  return answer;
}

/** A decision id holds fewer characters than an Idempotency-Key may: one that does not fit is replaced by its hash. */
function toDecisionId(key: string): string {
  return DECISION_ID.test(key) ? key : `sha256:${createHash('sha256').update(key).digest('hex')}`;
}
