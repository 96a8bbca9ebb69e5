import { Session } from 'node:inspector/promises';
import { setFlagsFromString } from 'node:v8';

/** How often a worker looks whether it has become idle. */
const LOOK_EVERY_MS = 10_000;
/** So much processor time since the last collection makes another one worth while. */
const WORK_MS = 1_000;
/** Less than this part of one processor between two looks is idle. */
const IDLE_SHARE = 0.02;
/** A thread that does not answer is left alone. */
const ANSWER_LIMIT_MS = 5_000;

/**
 * Lets V8 keep a worker's heaps near what is alive in them while it works. By default they may grow to several times that before
 * garbage is collected: 880 MB after 1,000 turns, 450 of them garbage.
 *
 * Call before the worker is made: the heap of the thread that runs the workflows takes the flag when it is created.
 */
export function keepHeapsSmall(): void {
  // A collection is due when the old space is half as large again as after the last one.
  setFlagsFromString('--heap-growing-percent=50');
}

/**
 * Collects the garbage of all threads once a worker has worked and become idle. A worker that waits for people allocates nothing that
 * would make V8 do so by itself: after 10,000 turns were parked it sat on 210 MB of garbage for as long as it was idle
 * (`npm run bench -- parked`).
 *
 * The collection goes through V8's inspector, within the process, because the thread that runs the workflows belongs to
 * Temporal's SDK. It takes some ten milliseconds for each heap.
 *
 * @param options.lookEveryMs and `idleShare` are for tests, whose processes share a busy machine
 * @returns a function that ends the watch
 */
export function collectWhenIdle({
  lookEveryMs = LOOK_EVERY_MS,
  idleShare = IDLE_SHARE,
  onCollected,
  onFailed,
}: {
  lookEveryMs?: number;
  idleShare?: number;
  /** Told how many heaps were collected. */
  onCollected?: (heaps: number) => void;
  /** Told why none were: the garbage stays, and nothing else is wrong. */
  onFailed: (error: unknown) => void;
}): () => void {
  let collectedAt = process.cpuUsage();
  let lastLook = collectedAt;
  let isCollecting = false;
  const timer = setInterval(() => {
    const sinceLook = toMs(process.cpuUsage(lastLook));
    const sinceCollection = toMs(process.cpuUsage(collectedAt));
    lastLook = process.cpuUsage();
    if (isCollecting || sinceLook > lookEveryMs * idleShare || sinceCollection < WORK_MS) return;
    isCollecting = true;
    void collectAll()
      .then(onCollected, onFailed)
      .finally(() => {
        isCollecting = false;
        collectedAt = lastLook = process.cpuUsage(); // what it took itself is no work
      });
  }, lookEveryMs);
  timer.unref();
  return () => clearInterval(timer);
}

function toMs({ user, system }: NodeJS.CpuUsage): number {
  return (user + system) / 1_000;
}

/** Collects the heaps of this thread and of every worker thread. @returns how many answered. */
async function collectAll(): Promise<number> {
  const session = new Session();
  session.connect();
  try {
    await session.post('HeapProfiler.collectGarbage');
    return 1 + (await collectThreads(session));
  } finally {
    session.disconnect();
  }
}

async function collectThreads(session: Session): Promise<number> {
  const waiting = new Set<string>();
  let collected = 0;
  const { promise: answered, resolve } = Promise.withResolvers<undefined>();
  session.on('NodeWorker.attachedToWorker', ({ params: { sessionId } }) => {
    waiting.add(sessionId);
    const message = JSON.stringify({ id: 1, method: 'HeapProfiler.collectGarbage' });
    void session.post('NodeWorker.sendMessageToWorker', { sessionId, message });
  });
  const oneLess = (sessionId: string): void => {
    waiting.delete(sessionId);
    if (waiting.size === 0) resolve(undefined);
  };
  session.on('NodeWorker.receivedMessageFromWorker', ({ params: { sessionId, message } }) => {
    if ((JSON.parse(message) as { id?: number }).id !== 1) return;
    collected += 1;
    oneLess(sessionId);
  });
  session.on('NodeWorker.detachedFromWorker', ({ params: { sessionId } }) => oneLess(sessionId));
  await session.post('NodeWorker.enable', { waitForDebuggerOnStart: false });
  if (waiting.size > 0) {
    const limit = setTimeout(resolve, ANSWER_LIMIT_MS, undefined);
    await answered;
    clearTimeout(limit);
  }
  await session.post('NodeWorker.disable');
  return collected;
}
