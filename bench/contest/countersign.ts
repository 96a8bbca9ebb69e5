import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';

import { completedTurn, heldTurn, TENANT, type Stage } from '../stage.ts';
import { messageOf, ofThoseUp, type Contestant } from './contestant.ts';

/** `duplicate`: the update came through after all, and its signal counts no second time. */
const TAKEN = new Set<string>(['applied', 'accepted', 'duplicate']);

/** Countersign as a service uses it: turns and decisions through client.ts, the decision by update. */
export function createCountersign(stage: Stage): Contestant {
  const { client } = stage;
  const held = new Map<string, { approvalId: string; turnId: string }>();
  const heldBy = (id: string) => {
    const approval = held.get(id);
    if (approval === undefined) throw new Error(`Turn ${id} was not started.`);
    return approval;
  };

  return {
    name: 'countersign',
    turns: {
      async hold(id) {
        held.set(id, await heldTurn(client, { message: messageOf(id), conversationId: `b-${id}` }));
      },
      async approve(id) {
        const receipt = await client.decide(TENANT, {
          approvalId: heldBy(id).approvalId,
          decisionId: randomUUID(),
          decision: 'approve',
          approver: { id: 'bench' },
          decidedAt: new Date().toISOString(),
          source: 'api',
        });
        // Without a worker there is no receipt yet: the decision stands in the workflow's history, as a signal.
        if (!TAKEN.has(receipt?.outcome ?? 'unknown'))
          throw new Error(`The decision was not taken: ${JSON.stringify(receipt)}`);
      },
      async reply(id) {
        await completedTurn(client, heldBy(id).turnId);
        held.delete(id);
      },
      close: () => Promise.resolve(),
    },
    async pids() {
      const { worker, temporal, simulator } = await stage.pids();
      return ofThoseUp({ worker, engine: temporal, simulator });
    },
    async killWorker() {
      await stage.kill('worker', { restart: false });
      while ((await stage.pids()).worker !== undefined) await sleep(10);
    },
    startWorker: () => stage.restart('worker'),
    stop: () => Promise.resolve(),
  };
}
