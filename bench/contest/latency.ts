import { randomUUID } from 'node:crypto';

import type { Row } from '../results.ts';
import { progress, type Stage } from '../stage.ts';
import { latencyRow } from '../statistics.ts';
import type { Contestant } from './contestant.ts';
import { clearRequests, deliveries } from './model-requests.ts';

const WARM_UP = 5;

/**
 * From sending a decision until the tool starts, and until the request with its output reaches the model; one turn at a
 * time, the contestants in turn.
 */
export async function measureLatency(stage: Stage, contestants: Contestant[], count: number): Promise<Row[]> {
  const toTool = new Map<string, number[]>();
  const toModel = new Map<string, number[]>();
  for (let round = 0; round < WARM_UP + count; round += 1) {
    for (const { name, turns } of contestants) {
      const id = randomUUID();
      await turns.hold(id);
      await clearRequests(stage);
      const sentAtMs = Date.now();
      await turns.approve(id);
      await turns.reply(id);
      const [delivery, ...more] = await deliveries(stage);
      if (delivery === undefined || more.length > 0) {
        throw new Error(`${name} sent the tool's output ${more.length + (delivery ? 1 : 0)} times.`);
      }
      if (round < WARM_UP) continue;
      toTool.set(name, [...(toTool.get(name) ?? []), delivery.toolStartedAtMs - sentAtMs]);
      toModel.set(name, [...(toModel.get(name) ?? []), delivery.arrivedAtMs - sentAtMs]);
    }
    if (round % 10 === 9) progress(`Latency: ${round + 1} of ${WARM_UP + count} rounds`);
  }
  return contestants.flatMap(({ name }) => [
    latencyRow(`${name}: decision to tool start`, toTool.get(name) ?? []),
    latencyRow(`${name}: decision to the model's next request`, toModel.get(name) ?? []),
  ]);
}
