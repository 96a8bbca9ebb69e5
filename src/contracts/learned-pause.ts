/** How long to wait before the first look at something that takes about as long each time. */
export interface LearnedPause {
  /** Now, in milliseconds. */
  ms(): number;
  /** What the first look after it found. */
  learn(isOver: boolean): void;
}

const LONGER = 1.1;
/** With these two, seven first looks of ten find it over: the pause rests where 0.96^7 × 1.1^3 is 1. */
const SHORTER = 0.96;

/**
 * A look too early costs a request, and one too late costs time. So it is a little longer after each look that came too early, and a little
 * shorter after the others.
 *
 * @param bounds.mostMs - is lost, at most, on one that is over at once.
 */
export function createLearnedPause({
  firstMs,
  leastMs,
  mostMs,
}: {
  firstMs: number;
  leastMs: number;
  mostMs: number;
}): LearnedPause {
  let pauseMs = firstMs;
  return {
    ms: () => pauseMs,
    learn(isOver) {
      pauseMs = Math.min(mostMs, Math.max(leastMs, pauseMs * (isOver ? SHORTER : LONGER)));
    },
  };
}
