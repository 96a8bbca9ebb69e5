import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';

import type { CountersignClient } from '../../src/client.ts';
import type { Approval } from '../../src/contracts/approval/approval.ts';
import { inParallel } from '../block.ts';
import { progress, TENANT } from '../stage.ts';

/** An approval that waits, and the run that waits for it. */
export interface Held extends Approval {
  run: { threadId: string; runId: string };
}

/** What is asked for in the n-th turn: by whom, and with which word of the scenario. */
export interface Wish {
  tenant: string;
  message: string;
}

/** Tenants that share what is open: seven tenths belong to the first one, whose key the stage has, a tenth to each other. */
export const TENANTS = [TENANT, 'acme', 'globex', 'initech'] as const;

/** One in five asks for `refund_order`, the others for `refund_later`, in every tenant alike. */
function wish(index: number): Wish {
  const tenant = TENANTS[Math.max(0, (index % 10) - 6)] ?? TENANT;
  const message = Math.floor(index / 10) % 5 === 0 ? 'gated' : 'later';
  return { tenant, message };
}

/** How many turns are on their way at once: enough to keep two processors busy. */
const AT_ONCE = 40;

/** Starts so many turns, each in a conversation of its own, and resolves once all of them hold an approval. */
export async function holdMany(client: CountersignClient, count: number): Promise<Held[]> {
  const held: Held[] = [];
  const tell = every(1_000, () => `${held.length} of ${count} are open`);
  await inParallel(count, AT_ONCE, async (index) => {
    held.push(await hold(client, wish(index)));
    tell();
  });
  return held;
}

/** Starts a turn and waits until it holds an approval. */
export async function hold(client: CountersignClient, { tenant, message }: Wish): Promise<Held> {
  const { turnId } = await client.startTurn({ tenant, conversationId: `b-${randomUUID()}`, message });
  for (;;) {
    const turn = await client.getTurn(tenant, turnId, 60_000);
    const approval = turn?.approvals.find(({ status }) => status === 'pending');
    if (approval !== undefined && turn?.run !== undefined) return { ...approval, run: turn.run };
    if (turn === null || !['queued', 'running'].includes(turn.status)) {
      throw new Error(`The turn holds nothing: ${JSON.stringify(turn)}`);
    }
  }
}

/**
 * Approves all of them by the client.
 *
 * @returns when the last receipt had come and when the last turn was complete, in seconds since the first decision.
 */
export async function decideMany(
  client: CountersignClient,
  held: Held[],
): Promise<{ decidedSeconds: number; completedSeconds: number }> {
  const beganAt = performance.now();
  const seconds = (): number => (performance.now() - beganAt) / 1_000;
  let decided = 0;
  const tell = every(1_000, () => `${decided} of ${held.length} are decided`);
  await inParallel(held.length, AT_ONCE, async (index) => {
    const approval = held[index];
    if (approval === undefined) return;
    await approve(client, approval);
    decided += 1;
    tell();
  });
  const decidedSeconds = seconds();
  await inParallel(held.length, AT_ONCE, async (index) => {
    const approval = held[index];
    if (approval !== undefined) await completed(client, approval);
  });
  return { decidedSeconds, completedSeconds: seconds() };
}

/** The decision counts: at once, as one that was answered too late for the client's patience, or kept for a worker. */
const COUNTED = ['applied', 'duplicate', 'accepted'];

/** @throws Error unless the decision counts. */
export async function approve(client: CountersignClient, { tenant, approvalId }: Approval): Promise<void> {
  const receipt = await client.decide(tenant, {
    approvalId,
    decisionId: randomUUID(),
    decision: 'approve',
    approver: { id: 'bench' },
    decidedAt: new Date().toISOString(),
    source: 'api',
  });
  if (receipt === null || !COUNTED.includes(receipt.outcome)) {
    throw new Error(`Not applied: ${JSON.stringify(receipt)}`);
  }
}

/** Waits until the approval's turn is complete. @throws Error when it ended otherwise. */
export async function completed(client: CountersignClient, { tenant, turnId }: Approval): Promise<void> {
  for (;;) {
    const turn = await client.getTurn(tenant, turnId, 10_000);
    if (turn?.status === 'completed') return;
    if (turn === null || !['running', 'awaiting_decision'].includes(turn.status)) {
      throw new Error(`The turn did not complete: ${JSON.stringify(turn)}`);
    }
    await sleep(20);
  }
}

/** Tells how far something is, at most every so many calls. */
function every(calls: number, message: () => string): () => void {
  let called = 0;
  return () => {
    called += 1;
    if (called % calls === 0) progress(message());
  };
}
