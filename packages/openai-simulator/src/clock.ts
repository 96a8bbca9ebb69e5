import type { Store } from './state/store.ts';
import { SETTINGS } from './state/settings.ts';

/** The simulator's clock: every time it shows, stores or decides by. It can be put forward or back, as a wrong clock is. */
export interface Clock {
  nowMs(): number;
  skewMs(): number;
  setSkew(skewMs: number): void;
}

/** @param initialSkewMs - how wrong it is until somebody sets it. */
export function createClock(store: Store, now: () => number, initialSkewMs: number): Clock {
  const skewMs = () => store.get(SETTINGS, 'skewMs')?.value ?? initialSkewMs;
  return {
    nowMs: () => now() + skewMs(),
    skewMs,
    setSkew: (value) => store.write([SETTINGS.put({ id: 'skewMs', value })]),
  };
}

/** Milliseconds as the API shows a time. */
export function toSeconds(ms: number): number {
  return Math.floor(ms / 1000);
}
