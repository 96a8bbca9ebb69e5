import { afterEach, expect, test } from 'vitest';

import { createDesk } from '../support/desk.ts';
import { startWorld, type World } from '../support/world.ts';
import { startSteady, type Request, type Steady } from './steady.ts';

/**
 * Each protocol: the request that begins a turn, a field its description must miss and what it says then, and how many kinds
 * of request a turn takes.
 */
const PROTOCOLS = [
  { protocol: 'assistants', creates: 'runs.create', needs: 'assistant_id', says: 'assistant_id', atLeast: 6 },
  {
    protocol: 'responses',
    creates: 'responses.create',
    needs: 'tools.0.name',
    says: '"function"',
    atLeast: 4,
  },
  { protocol: 'chat', creates: 'chat.create', needs: 'messages', says: 'messages', atLeast: 1 },
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
  async ({ protocol, creates, needs, says, atLeast }) => {
    world = await startWorld({ name: `steady-${protocol}`, app: createDesk().app, protocol });
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
    const verdict = await steady.check({ ...create!, body: without(create!.body, needs.split('.')) });
    expect(verdict.status).toBe(400);
    expect(verdict.faults.join()).toContain(says);
  },
);

/** A copy that lacks the field at this path. */
function without(value: unknown, [name = '', ...rest]: string[]): unknown {
  const copy: unknown[] | Record<string, unknown> = Array.isArray(value)
    ? [...(value as unknown[])]
    : { ...(value as object) };
  if (rest.length === 0) Reflect.deleteProperty(copy, name);
  else Reflect.set(copy, name, without(Reflect.get(copy, name), rest));
  return copy;
}
