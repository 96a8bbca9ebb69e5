import { afterAll, beforeAll, beforeEach, inject } from 'vitest';

import { temporalAddress } from '../setup/temporal.ts';
import { createDesk } from './desk.ts';
import { createWorld, type World, type WorldOptions } from './create-world.ts';

/** A world on the server and with the bundle that all tests of this run share. */
export function startWorld(options: WorldOptions): Promise<World> {
  return createWorld({ address: temporalAddress(), bundlePath: inject('workflowBundlePath') }, options);
}

/** A world for the tests of a file or of a `describe`: there from the first of them to the last. */
export function worldFor(options: WorldOptions): World {
  const world = {} as World;
  beforeAll(async () => {
    // With its getters: which client it has changes with the worker.
    Object.defineProperties(world, Object.getOwnPropertyDescriptors(await startWorld(options)));
  });
  afterAll(() => world.stop());
  return world;
}

/** A desk that has done nothing yet when a test begins. */
export function deskFor(): ReturnType<typeof createDesk> {
  const desk = createDesk();
  const { effects, failures, pauses } = desk;
  beforeEach(() => {
    for (const list of [effects, failures.next, pauses.nextMs]) list.length = 0;
  });
  return desk;
}

export { TENANT, type World, type WorldOptions } from './create-world.ts';
