/** The clock of one gate: this machine's, and what it was advanced by. Everything of the gate judges by it. */
export interface GateClock {
  /** Milliseconds since 1970. */
  now: () => number;
  /** How far it goes ahead of the machine's, and of Temporal's. */
  aheadMs: () => number;
  /** It never goes back. */
  moveTo: (nowMs: number) => void;
}

export function createGateClock(): GateClock {
  let aheadMs = 0;
  return {
    now: () => Date.now() + aheadMs,
    aheadMs: () => aheadMs,
    moveTo: (nowMs) => {
      aheadMs = Math.max(aheadMs, nowMs - Date.now());
    },
  };
}
