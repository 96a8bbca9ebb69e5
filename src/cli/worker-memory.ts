import { setFlagsFromString } from 'node:v8';

/**
 * Lets V8 keep a worker's heaps near what is alive in them. By default they may grow to several times that before garbage is
 * collected, and a worker that then waits for people allocates nothing that would cause a collection: after 1,000 turns it sat
 * on 880 MB, 450 of them garbage, for as long as it was idle. With these it falls back to within 20 MB of what it had before,
 * for about a twentieth more processor time a turn (`npm run bench -- parked`).
 *
 * Call before the worker is made: the heap of the thread that runs the workflows takes the second one when it is created.
 */
export function keepHeapsSmall(): void {
  // A collection is due when the old space is half as large again as after the last one; the end of one also starts V8's
  // own clean-up of an idle heap.
  setFlagsFromString('--heap-growing-percent=50');
  setFlagsFromString('--max-semi-space-size=4');
}
