import type { Protocol } from '../../src/contracts/run.ts';
import type { World } from '../support/world.ts';

/** What a turn has left at the provider, counted in the simulator's own record. */
export interface Left {
  /** Requests that brought the user's message and were taken. */
  creates: number;
  /** Requests that brought tool outputs and were taken. */
  submits: number;
}

/** One surface of the simulator as the rules need it: a protocol is held to them by an entry in this table. */
export interface Surface {
  protocol: Protocol;
  /** The simulator's names of what has an effect. A fault on `submit` is asked for while the turn waits for a person. */
  operations: { create: string; submit: string; cancel: string };
  /** A lost answer costs tokens and nothing else, so a request may be taken twice. */
  isRepeatable: boolean;
  left(world: World, turnId: string): Promise<Left>;
}

const assistants: Surface = {
  protocol: 'assistants',
  operations: { create: 'runs.create', submit: 'runs.submit', cancel: 'runs.cancel' },
  isRepeatable: false,
  async left(world, turnId) {
    const { runs, submits } = await world.seen(turnId);
    return { creates: runs, submits };
  },
};

const responses: Surface = {
  protocol: 'responses',
  operations: { create: 'responses.create', submit: 'responses.create', cancel: 'responses.cancel' },
  isRepeatable: false,
  async left(world, turnId) {
    const made = (await world.requests('responses.create'))
      .filter(({ effect }) => effect)
      .map(({ body }) => body as { metadata: Record<string, string>; input: { type: string }[] })
      .filter(({ metadata }) => metadata.countersign_turn === turnId);
    const brings = (type: string) => made.filter(({ input }) => input.some((item) => item.type === type));
    return { creates: brings('message').length, submits: brings('function_call_output').length };
  },
};

export const SURFACES: Surface[] = [assistants, responses];
