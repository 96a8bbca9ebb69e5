import { afterEach, expect, test } from 'vitest';

import { createDesk } from '../support/desk.ts';
import { startWorld, type World } from '../support/world.ts';
import { startSteady, type Request, type Steady } from './steady.ts';

/** Each protocol: what it is described by, and a request of a turn that its description must refuse without one field. */
const PROTOCOLS = [
  { protocol: 'assistants', creates: 'runs.create', needs: 'assistant_id', atLeast: 6 },
] as const;

let world: World | undefined;
let steady: Steady | undefined;
afterEach(async () => {
  await world?.stop();
  await steady?.stop();
  world = steady = undefined;
});

test.each(PROTOCOLS)(
  "every request of a gated turn fits OpenAI's description of $protocol, by somebody else's validator",
  async ({ protocol, creates, needs, atLeast }) => {
    world = await startWorld({ name: `steady-${protocol}`, app: createDesk().app });
    const turnId = await world.say('rounds please', { metadata: { desk: 'refunds' } });
    for (let round = 0; round < 2; round += 1) {
      const [approval] = await world.pending(turnId);
      await world.decide(approval!, {});
    }
    expect(await world.end(turnId)).toMatchObject({ status: 'completed' });
    // Cancelled while it waits: the requests that clean up belong to the protocol, too.
    const cancelled = await world.say('single please');
    await world.pending(cancelled);
    await world.client.cancelTurn('acme', cancelled);
    await world.end(cancelled);

    const requests = await world.requests();
    const operations = new Set(requests.map(({ operation }) => operation));
    expect(operations.size).toBeGreaterThanOrEqual(atLeast);
    steady = await startSteady(`${protocol}-requests`);
    for (const request of requests) {
      expect(await steady.check(request as Request), `${request.method} ${request.path}`).toEqual({
        status: 200,
        faults: [],
      });
    }

    const create = requests.find(({ operation }) => operation === creates);
    const { [needs]: _needed, ...lacking } = create!.body as Record<string, unknown>;
    const verdict = await steady.check({ ...create!, body: lacking });
    expect(verdict.status).toBe(400);
    expect(verdict.faults.join()).toContain(needs);
  },
);
