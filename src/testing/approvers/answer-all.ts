import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';

import type { CountersignClient } from '../../client.ts';
import type { AnyShownApproval } from '../../contracts/approval/approval.ts';
import type { Accepted, NewDecision, Receipt } from '../../contracts/approval/decision.ts';
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
 * Answers every question of a tenant until it is told to stop: once, or as long as each answer is a vote that needs others.
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
  /** Answered for good; or, by an edit that needs others, while it is still shown as it was. */
  const known = new Map<string, 'answered' | { digest: string }>();
  while (!signal.aborted) {
    for await (const asked of client.eachPending(tenant)) {
      const before = known.get(asked.approvalId);
      if (before === 'answered' || before?.digest === asked.argumentsDigest) continue;
      const answer = await people(asked);
      if (answer === null) continue;
      known.set(asked.approvalId, 'answered');
      const receipt = await client.decide(tenant, toDecision(asked, answer, clock()));
      if (receipt?.outcome === 'voted') {
        if (answer.decision === 'edit') known.set(asked.approvalId, { digest: asked.argumentsDigest });
        else known.delete(asked.approvalId);
      }
      onAnswer?.({ asked, answer, receipt });
    }
    await sleep(LOOK_EVERY_MS, undefined, { signal }).catch(() => undefined);
  }
}

function toDecision(
  { approvalId, argumentsDigest }: AnyShownApproval,
  { as, groups, ...body }: Answer,
  nowMs: number,
): NewDecision {
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
