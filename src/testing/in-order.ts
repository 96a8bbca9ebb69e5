/** Runs what it is given one after the other, whoever gives it. A failure is told to its giver, and keeps nothing else back. */
export function inOrder(): <Result>(run: () => Promise<Result>) => Promise<Result> {
  let last: Promise<unknown> = Promise.resolve();
  return (run) => {
    const mine = last.then(run);
    last = mine.catch(() => undefined); // its giver has it
    return mine;
  };
}
