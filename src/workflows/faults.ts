import { TemporalFailure } from '@temporalio/workflow';

/**
 * A fault is what is thrown by mistake in this code: anything but a failure of Temporal's kind. It fails the workflow task, which is
 * retried until the code is mended. That must happen in the activation that met it: what is waited for, told or begun after it would stand
 * in the history, and the mended code would not replay it.
 */
function isFault(error: unknown): boolean {
  return !(error instanceof TemporalFailure);
}

/** Of a promise that is awaited elsewhere, later: there a failure is told. A fault fails the task now. */
export function leaveFailures(error: unknown): void {
  if (isFault(error)) throw error;
}

/** How each has ended, once all have. A fault is not waited with. */
export function allEnded<T>(promises: readonly Promise<T>[]): Promise<PromiseSettledResult<T>[]> {
  return Promise.all(
    promises.map(async (promise): Promise<PromiseSettledResult<T>> => {
      try {
        return { status: 'fulfilled', value: await promise };
      } catch (error) {
        if (isFault(error)) throw error;
        return { status: 'rejected', reason: error };
      }
    }),
  );
}
