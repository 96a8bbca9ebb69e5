import { setTimeout as sleep } from 'node:timers/promises';

/** Waits for a condition: looks again until it gives something, and says what it waited for when it never does. */
export async function until<T>(what: string, look: () => Promise<T | null>, withinMs = 45_000): Promise<T> {
  const beganAt = Date.now();
  for (;;) {
    const found = await look();
    if (found !== null) return found;
    if (Date.now() - beganAt > withinMs) throw new Error(`Waited ${withinMs} ms in vain for ${what}.`);
    await sleep(50);
  }
}
