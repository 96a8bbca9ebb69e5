import { log, setHandler, type SignalDefinition } from '@temporalio/workflow';

import type { ProblemOf } from './payloads.ts';

/**
 * Listens for a signal. One whose payload has another shape is logged and ignored: nobody can take it back, and an error over it would
 * keep the workflow from ever going on.
 */
export function receiveSignal<Payload>(
  definition: SignalDefinition<[Payload]>,
  problemOf: ProblemOf,
  take: (payload: Payload) => void | Promise<void>,
): void {
  setHandler(definition, (payload) => {
    const problem = problemOf(payload);
    if (problem === null) return take(payload);
    log.warn('signal.malformed', { signal: definition.name, problem });
  });
}
