import { createHash, randomUUID } from 'node:crypto';

import type { Accepted, Approver, DecisionBody, Receipt } from '../contracts/approval/decision.ts';
import type { Authenticated } from '../contracts/approval/rule.ts';
import { StoreUnavailableError } from '../store/errors.ts';
import { definedOnly } from './defined-only.ts';
import type { GatewayParts } from './gateway-env.ts';

/** A decision as it arrived: by API key, by webhook or from the inbox. */
export interface IncomingDecision {
  tenant: string;
  approvalId: string;
  approver: Approver;
  /** The only groups that whoever sent it may speak for, whatever the directory says of the approver. Any without. */
  onlyGroups?: readonly string[] | undefined;
  /** How the approver was known. */
  authenticated: Authenticated;
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
  parts: GatewayParts,
  incoming: IncomingDecision,
): Promise<Receipt | Accepted | null> {
  const { client, clock, log, metrics, record } = parts;
  const { tenant, approvalId, authenticated, source, body, key, requestId } = incoming;
  const decisionId = key === undefined ? (body.decisionId ?? randomUUID()) : toDecisionId(key);
  const known = await identify(parts, incoming);
  if (known === null) return null;
  const { isRevoked } = known;
  const approver = within(known.approver, incoming.onlyGroups);
  const answer = isRevoked
    ? refusedAsRevoked({ approvalId, decisionId, approver })
    : await client.decide(tenant, {
        ...definedOnly(body),
        ...{ approvalId, decisionId, approver, authenticated, source },
        decidedAt: new Date(clock()).toISOString(),
      });
  const outcome = answer?.outcome ?? 'unknown';
  if (answer !== null && answer.outcome !== 'accepted') {
    const { decision, argumentsDigest } = body;
    const attempt = { approvalId, decisionId, decision, approver, authenticated };
    // Nobody waits for it. What the store cannot take now is lost: it changed nothing.
    record?.refusals
      .write(tenant, { ...attempt, ...(argumentsDigest !== undefined && { argumentsDigest }) }, answer)
      .catch((error: unknown) =>
        log('record.refusal_lost', { requestId, tenant, approvalId, error: String(error) }),
      );
  }
  metrics.countDecision({ source: source.split(':')[0] ?? source, outcome });
  log('decision.answered', {
    requestId,
    tenant,
    approvalId,
    decisionId,
    approver: approver.id,
    source,
    outcome,
    ...(isRevoked && { reason: 'revoked' }),
  });
  return answer;
}

/**
 * Who decides, as the directory knows them. While it cannot be asked, a decision is taken only where anybody may decide: the worker looks
 * at rights again before the effect.
 *
 * @returns null when the tenant has no such approval.
 */
async function identify({ identify, client, log }: GatewayParts, incoming: IncomingDecision) {
  const { tenant, approvalId, approver, requestId } = incoming;
  try {
    return await identify(tenant, approver);
  } catch (error) {
    if (!(error instanceof StoreUnavailableError)) throw error;
    const approval = await client.getApproval(tenant, approvalId);
    if (approval === null) return null;
    if (approval.approvers !== undefined || approval.rule !== undefined) throw error;
    log('directory.unavailable', { requestId, tenant, approvalId, message: error.message });
    return { approver, isRevoked: false };
  }
}

/** The directory may know of more groups than the sender may speak for. */
function within({ id, groups }: Approver, only: readonly string[] | undefined): Approver {
  if (groups === undefined || only === undefined) return { id, ...(groups && { groups }) };
  return { id, groups: groups.filter((group) => only.includes(group)) };
}

function refusedAsRevoked({
  approvalId,
  decisionId,
  approver,
}: {
  approvalId: string;
  decisionId: string;
  approver: Approver;
}): Receipt {
  const message = `must be somebody else: the right of ${approver.id} to decide has been taken away.`;
  return {
    ...{ outcome: 'refused', approvalId, decisionId },
    ...{ reason: 'revoked', problems: [{ field: 'approver', message }] },
  };
}

/** A decision id holds fewer characters than an Idempotency-Key may: one that does not fit is replaced by its hash. */
function toDecisionId(key: string): string {
  return DECISION_ID.test(key) ? key : `sha256:${createHash('sha256').update(key).digest('hex')}`;
}
