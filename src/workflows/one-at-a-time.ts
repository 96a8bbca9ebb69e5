/** Does one thing at a time. @returns null, and does nothing, while another one is under way. */
export type OneAtATime = <T>(step: () => Promise<T>) => Promise<T> | null;

/**
 * For the local activities of a workflow. One ends within its workflow task; two, side by side or one after the other, may outlast it. Then
 * replay has their results before what came meanwhile, what each lets happen would come in another order than in the history, and the
 * workflow could never go on. So whoever gets null has an ordinary activity do it.
 */
export function createOneAtATime(): OneAtATime {
  let isBusy = false;
  return (step) => {
    if (isBusy) return null;
    isBusy = true;
    return step().finally(() => {
      isBusy = false;
    });
  };
}
