import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';

import type { CountersignClient } from '../../client.ts';
import type { AnyShownApproval } from '../../contracts/approval/approval.ts';
import type { Accepted, Decision, Receipt } from '../../contracts/approval/decision.ts';
import { definedOnly } from '../../gateway/defined-only.ts';
import { refuseInProduction } from '../production.ts';
import type { Answer, Approvers } from './script.ts';

/** What a question was answered, and what that came to. */
export interface Answered {
  asked: AnyShownApproval;
  answer: Answer;
  receipt: Receipt | Accepted | null;
}

const LOOK_EVERY_MS = 50;

/**
 * Answers every question of a tenant, once each, until it is told to stop.
 *
 * @param options.onAnswer - hears of each; also of a decision that was refused, which is not tried again.
 * @throws TestingError in production.
 */
export async function answerAll(options: {
  client: Pick<CountersignClient, 'eachPending' | 'decide'>;
  tenant: string;
  approvers: Approvers;
  signal: AbortSignal;
  onAnswer?: (answered: Answered) => void;
  /** @default Date.now */
  clock?: () => number;
}): Promise<void> {
  refuseInProduction('A scripted approver');
  const { client, tenant, approvers: people, signal, onAnswer, clock = Date.now } = options;
  const known = new Set<string>();
  while (!signal.aborted) {
    for await (const asked of client.eachPending(tenant)) {
      if (known.has(asked.approvalId)) continue;
      const answer = await people(asked);
      if (answer === null) continue;
      known.add(asked.approvalId);
      const receipt = await client.decide(tenant, toDecision(asked, answer, clock()));
      onAnswer?.({ asked, answer, receipt });
    }
    await sleep(LOOK_EVERY_MS, undefined, { signal }).catch(() => undefined);
  }
}

function toDecision(
  { approvalId, argumentsDigest }: AnyShownApproval,
  { as, groups, ...body }: Answer,
  nowMs: number,
): Decision {
  return {
    decisionId: randomUUID(),
    argumentsDigest,
    ...definedOnly(body),
    approvalId,
    approver: { id: as, ...(groups && { groups }) },
    decidedAt: new Date(nowMs).toISOString(),
    source: 'script',
  };
}
