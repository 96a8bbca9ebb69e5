import type { Store } from '../../store/store.ts';

/** Tells of a tenant's approvals as the store knows them: one look at it for all who listen here, whichever gateway wrote. */
export interface LiveLists {
  /** Hears the size of the record whenever it has grown, and as it is now. @returns what ends it. */
  listen(tenant: string, hear: (size: number) => void): () => void;
}

interface Watched {
  size: number | null;
  hearers: Set<(size: number) => void>;
}

const EVERY_MS = 1_000;

export function createLiveLists({ record }: Pick<Store, 'record'>, everyMs = EVERY_MS): LiveLists {
  const tenants = new Map<string, Watched>();

  async function look(tenant: string, watched: Watched): Promise<void> {
    // A store that is down has no news; whoever reads the list is told so.
    const size = await record.tree(tenant).then(
      (tree) => tree.size,
      () => null,
    );
    if (size !== null && size !== watched.size) {
      watched.size = size;
      for (const hear of watched.hearers) hear(size);
    }
    if (watched.hearers.size === 0) tenants.delete(tenant);
    else setTimeout(() => void look(tenant, watched), everyMs).unref();
  }

  return {
    listen(tenant, hear) {
      let watched = tenants.get(tenant);
      if (watched === undefined) {
        watched = { size: null, hearers: new Set([hear]) };
        tenants.set(tenant, watched);
        void look(tenant, watched);
      } else {
        watched.hearers.add(hear);
        if (watched.size !== null) hear(watched.size);
      }
      const { hearers } = watched;
      return () => hearers.delete(hear);
    },
  };
}

const HEARTBEAT_MS = 15_000;

/** Server-sent events: `changed` with the record's size as its id, and a comment often enough that no proxy takes it for idle. */
export function eventStream(
  live: LiveLists,
  tenant: string,
  {
    lastId,
    draining,
    heartbeatMs = HEARTBEAT_MS,
  }: { lastId: string | undefined; draining: AbortSignal; heartbeatMs?: number },
): ReadableStream<Uint8Array> {
  const encoder = new TextEncoder();
  let stop = (): void => undefined;
  return new ReadableStream<Uint8Array>({
    start(controller) {
      const send = (text: string) => controller.enqueue(encoder.encode(text));
      const beat = setInterval(() => send(':\n\n'), heartbeatMs).unref();
      send('retry: 2000\n\n');
      const unlisten = live.listen(tenant, (size) => {
        if (String(size) !== lastId) send(`id: ${size}\nevent: changed\ndata: {"size":${size}}\n\n`);
        lastId = String(size);
      });
      const close = (): void => {
        stop();
        controller.close();
      };
      stop = () => {
        clearInterval(beat);
        unlisten();
        draining.removeEventListener('abort', close);
      };
      draining.addEventListener('abort', close, { once: true });
    },
    cancel: () => stop(),
  });
}
