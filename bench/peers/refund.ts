import { setTimeout as sleep } from 'node:timers/promises';

/** The one gated tool, the same for every peer as bench/app.ts has it. */
export interface Refund {
  orderId: string;
  amountCents: number;
  reason: string;
}

/** Runs the tool; its output says when it began, so that the record of the model's requests shows it. */
export async function refund(_: Refund): Promise<{ startedAtMs: number }> {
  const startedAtMs = Date.now();
  await sleep(0);
  return { startedAtMs };
}
