/** Does one thing after the other, in the order asked. */
export type OneByOne = <T>(step: () => Promise<T>) => Promise<T>;

/**
 * For the local activities of a workflow. Two that are under way at once end in two activations, or in one, as it happens. Replay has both
 * results at once: what each lets happen would come in another order than in the history, and the workflow could never go on.
 */
export function createOneByOne(): OneByOne {
  let last: Promise<unknown> = Promise.resolve();
  return (step) => {
    const mine = last.then(step);
    last = mine.catch(() => undefined); // whoever asked hears of it
    return mine;
  };
}
