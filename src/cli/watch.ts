import { setTimeout as sleep } from 'node:timers/promises';

import { EXIT_CODES } from './errors/exit-codes.ts';
import { isJson, say } from './output.ts';
import { untilStopped } from './run-command.ts';

/** Lists follow changes within about a second; looking more often shows nothing new. */
const EVERY_MS = 1_000;

/**
 * Reads something again and again, and hands it on when it has changed; until `show` says that is all, or Ctrl+C (status 130).
 *
 * @param show - returns true when nothing more will come
 */
export async function onChange<Value>(
  read: () => Promise<Value>,
  show: (value: Value) => boolean,
): Promise<void> {
  const stopped = new AbortController();
  void untilStopped().then(() => stopped.abort());
  let before: string | undefined;
  while (!stopped.signal.aborted) {
    const value = await read();
    const text = JSON.stringify(value);
    if (text !== before && show(value)) return;
    before = text;
    await sleep(EVERY_MS, undefined, { signal: stopped.signal }).catch(() => undefined); // it was to be woken
  }
  process.exitCode = EXIT_CODES.interrupted.code;
}

/** The same of a list: on a terminal it is drawn anew in its place, elsewhere below the last one. */
export async function watchList<Value>(
  read: () => Promise<Value>,
  show: (value: Value) => void,
): Promise<void> {
  const isScreen = process.stdout.isTTY && !isJson();
  await onChange(read, (value) => {
    if (isScreen) process.stdout.write('\u001b[2J\u001b[H');
    show(value);
    if (isScreen) say('\nLooks again every second. Ctrl+C ends it.');
    return false;
  });
}
