import { progress, decideByGateway, TENANT, type Stage } from '../stage.ts';
import { toolStartedAt } from '../tool-start.ts';
import { completed, hold, type Held } from './held.ts';

/** Milliseconds from sending a decision by HTTP until its receipt, and until its tool begins. */
export interface Latencies {
  receipt: number[];
  tool: number[];
}

/** Decides turns that have just begun to wait, one after the other. */
export async function decideFresh(stage: Stage, samples: number): Promise<Latencies> {
  const fresh = Array.from({ length: samples }, () =>
    hold(stage.client, { tenant: TENANT, message: 'later' }),
  );
  return decideOneByOne(stage, await Promise.all(fresh));
}

/** Decides these, one after the other. */
export async function decideOneByOne(stage: Stage, held: Held[]): Promise<Latencies> {
  progress(`Deciding ${held.length}, one after the other`);
  const latencies: Latencies = { receipt: [], tool: [] };
  for (const approval of held) {
    const decidedAt = Date.now();
    await decideByGateway(stage, approval.approvalId);
    latencies.receipt.push(Date.now() - decidedAt);
    latencies.tool.push((await toolStartedAt(stage, approval)) - decidedAt);
    await completed(stage.client, approval);
  }
  return latencies;
}
