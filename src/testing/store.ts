import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { openStore, type Store } from '../store/store.ts';

/** The store of a gate, as the test sees it; workers open it for themselves. */
export interface GateStore {
  url: string;
  store: Store;
  close(): Promise<void>;
}

/** @param wanted - `true` for a temporary SQLite file, or the URL of a database. */
export async function openGateStore(
  wanted: boolean | string,
  clock: () => number,
): Promise<GateStore | null> {
  if (wanted === false) return null;
  if (typeof wanted === 'string') {
    const store = await openStore({ url: wanted, clock });
    return { url: wanted, store, close: () => store.close() };
  }
  const folder = await mkdtemp(join(tmpdir(), 'countersign-store-'));
  const url = `sqlite:${join(folder, 'store.sqlite')}`;
  const store = await openStore({ url, clock });
  return {
    ...{ url, store },
    async close() {
      await store.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
