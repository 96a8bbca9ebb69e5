import { setTimeout as sleep } from 'node:timers/promises';

import { TestingError } from './production.ts';

const PAUSE_MS = 20;

type NotYet = null | undefined | false;

/** Looks again until there is something, and says what it waited for when that never comes. */
export async function until<T>(
  what: string | (() => string),
  look: () => Promise<T | NotYet> | T | NotYet,
  withinMs = 45_000,
): Promise<T> {
  const beganAt = performance.now();
  for (;;) {
    const found = await look();
    if (found !== null && found !== undefined && found !== false) return found;
    if (performance.now() - beganAt > withinMs) {
      const words = typeof what === 'string' ? what : what();
      throw new TestingError(`Waited ${withinMs} ms in vain for ${words}`);
    }
    await sleep(PAUSE_MS);
  }
}
