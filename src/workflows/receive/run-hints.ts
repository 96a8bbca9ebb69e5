import { CancellationScope, isCancellation } from '@temporalio/workflow';

import { runChanged } from '../messages.ts';
import { runHintProblem } from './payloads.ts';
import { receiveSignal } from './signal.ts';

/** More hints than this no turn needs: its runs end once each. Then polling alone goes on. */
const HINTS = 200;

/** Lets a turn look at its run as soon as the provider says that something has changed there. */
export interface RunHints {
  /**
   * Follows the run with `look`, which may take long between two of its own looks. Each hint begins it anew, and so looks at once; what
   * it finds is what counts, a hint says nothing else.
   */
  follow<T>(look: () => Promise<T>): Promise<T>;
}

/**
 * Receives the provider's hints.
 *
 * @param currentRun - the id of the run that is followed; hints about another one are none.
 */
export function receiveRunHints(currentRun: () => string | undefined): RunHints {
  const heard: string[] = [];
  let lookAgain: (() => void) | undefined;

  receiveSignal(runChanged, runHintProblem, ({ eventId, runId }) => {
    if (runId !== currentRun()) return;
    if (heard.includes(eventId) || heard.length >= HINTS) return;
    heard.push(eventId);
    lookAgain?.();
  });

  return {
    async follow(look) {
      for (;;) {
        const scope = new CancellationScope();
        const hints = heard.length;
        lookAgain = () => scope.cancel();
        try {
          return await scope.run(look);
        } catch (error) {
          // A turn that is cancelled meanwhile ends with the next look, which its own scope refuses.
          if (heard.length === hints || !isCancellation(error)) throw error;
        } finally {
          lookAgain = undefined;
        }
      }
    },
  };
}
