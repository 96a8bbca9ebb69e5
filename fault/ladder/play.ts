import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';

import type { AnyApproval } from '../../src/contracts/approval/approval.ts';
import { each } from '../scenarios/common.ts';
import { TENANT } from '../settings.ts';
import { messageOf, PEOPLE } from './app.ts';
import type { Ending, LadderTurn } from './plan.ts';
import type { LadderStage } from './stage.ts';

/** A question that was asked, by its order. */
export interface Asked {
  orderId: string;
  approvalId: string;
}

const GROUPS = new Map(PEOPLE.map(({ id, groups = [] }) => [id, [...groups]]));
const AGAIN_MS = 500;

/** Starts the turns, so many at a time, and decides their questions as planned; each is over when this returns. */
export async function playTurns(
  { client }: Pick<LadderStage, 'client'>,
  turns: readonly LadderTurn[],
  { inFlight, signal, onOver }: { inFlight: number; signal: AbortSignal; onOver: (count: number) => void },
): Promise<Asked[]> {
  const asked: Asked[] = [];
  let over = 0;
  await each(turns, inFlight, async (turn) => {
    await play(turn);
    onOver((over += turn.endings.length));
  });
  return asked;

  async function play({ tool, conversationId, endings }: LadderTurn): Promise<void> {
    const message = messageOf(
      tool,
      endings.map(({ orderId }) => orderId),
    );
    const { turnId } = await patiently(() =>
      client.startTurn({ tenant: TENANT, conversationId, message, idempotencyKey: conversationId }),
    );
    const questions = await patiently(async () => {
      const approvals = (await client.getTurn(TENANT, turnId, 5_000))?.approvals ?? [];
      if (approvals.length === endings.length) return approvals;
      throw new Error('The turn has not asked yet.');
    });
    await Promise.all(
      questions.map(async (approval) => {
        const { orderId } = approval.arguments as { orderId: string };
        asked.push({ orderId, approvalId: approval.approvalId });
        const ending = endings.find((one) => one.orderId === orderId);
        if (ending !== undefined) await decide(approval, ending);
      }),
    );
    await patiently(async () => {
      const status = (await client.getTurn(TENANT, turnId, 5_000))?.status ?? '';
      if (status !== 'completed') throw new Error(`The turn is ${status}.`);
    });
  }

  async function decide(approval: AnyApproval, { decision }: Ending): Promise<void> {
    if (decision === null) return;
    const { approvalId, argumentsDigest, requestedAt } = approval;
    await sleep(Math.max(0, Date.parse(requestedAt) + decision.afterMs - Date.now()), null, { signal });
    const decisionId = randomUUID();
    await patiently(async () => {
      const receipt = await client.decide(TENANT, {
        ...{ approvalId, argumentsDigest, decisionId, decision: decision.kind, source: 'api' },
        approver: { id: decision.by, groups: GROUPS.get(decision.by) ?? [] },
        decidedAt: new Date().toISOString(),
      });
      if (receipt === null || receipt.outcome === 'refused')
        throw new Error(`The decision was answered ${JSON.stringify(receipt)}.`);
    });
  }

  /** Tries until it works: workers are being killed. */
  async function patiently<T>(work: () => Promise<T>): Promise<T> {
    for (;;) {
      signal.throwIfAborted();
      try {
        return await work();
      } catch {
        await sleep(AGAIN_MS, null, { signal });
      }
    }
  }
}
