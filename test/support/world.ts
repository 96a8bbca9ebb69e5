import { inject } from 'vitest';

import { temporalAddress } from '../setup/temporal.ts';
import { createWorld, type World, type WorldOptions } from './create-world.ts';

/** A world on the server and with the bundle that all tests of this run share. */
export function startWorld(options: WorldOptions): Promise<World> {
  return createWorld({ address: temporalAddress(), bundlePath: inject('workflowBundlePath') }, options);
}

export { TENANT, type World, type WorldOptions } from './create-world.ts';
