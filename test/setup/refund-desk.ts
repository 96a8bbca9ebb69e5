import type { TestProject } from 'vitest/node';

import { commandOf, makeClone } from '../examples/clone.ts';
import { REFUND_DESK } from '../examples/desk.ts';

declare module 'vitest' {
  interface ProvidedContext {
    refundDeskFolder: string;
  }
}

/** The refund desk, run as its README says: one for all examples that are used beside it. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const clone = await makeClone(REFUND_DESK);
  await clone.up(commandOf('refund-desk', 'npm run dev'), {
    TEMPORAL_ADDRESS: project.getProvidedContext().temporalAddress,
  });
  project.provide('refundDeskFolder', clone.folder);
  return () => clone.remove();
}
