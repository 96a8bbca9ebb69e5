/** Lets so many in at a time; the others wait in order, unless they give up. */
export function createTurnstile(most: number) {
  let inside = 0;
  const waiting: (() => void)[] = [];

  return async <T>(signal: AbortSignal, work: () => Promise<T>): Promise<T> => {
    while (inside >= most) await next(signal);
    signal.throwIfAborted();
    inside += 1;
    try {
      return await work();
    } finally {
      inside -= 1;
      waiting.shift()?.();
    }
  };

  function next(signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    return new Promise((resolve) => {
      const go = (): void => {
        signal.removeEventListener('abort', leave);
        resolve();
      };
      const leave = (): void => {
        waiting.splice(waiting.indexOf(go), 1);
        resolve();
      };
      signal.addEventListener('abort', leave, { once: true });
      waiting.push(go);
    });
  }
}
