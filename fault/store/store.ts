import { DatabaseSync } from 'node:sqlite';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

import type { Supervisor } from '../../src/cli/supervisor.ts';
import { makePostgres } from '../../bench/contest/postgres-cluster.ts';
import { openLink } from './link.ts';
import { launchPostgres } from './postgres.ts';

/** The store of workers and gateways: a file that others may lock, or a server of its own. */
export const STORE_KINDS = ['sqlite', 'postgres'] as const;
export type StoreKind = (typeof STORE_KINDS)[number];

export interface StoreUnderTest {
  /** As workers and gateways reach it. */
  url: string;
  /** As the oracle reaches it, whatever happens to the others' way. */
  directUrl: string;
  /** Nobody can use it for so long: the file is locked, or the server cannot be reached. One after the other. */
  cut(forMs: number): Promise<void>;
  close(): Promise<void>;
}

/** @param supervisor - keeps the server running, under the name `store`. A file has none. */
export async function startStore(
  kind: StoreKind,
  folder: string,
  supervisor: Pick<Supervisor, 'start'>,
): Promise<StoreUnderTest> {
  return kind === 'sqlite' ? onFile(join(folder, 'store.sqlite')) : onServer(supervisor);
}

function onFile(path: string): StoreUnderTest {
  const url = `sqlite:${path}`;
  const over = new AbortController();
  return {
    ...{ url, directUrl: url },
    cut: oneByOne(async (forMs) => {
      const other = new DatabaseSync(path, { timeout: 10_000 });
      try {
        other.exec('BEGIN IMMEDIATE');
        await sleep(forMs, undefined, { signal: over.signal }).catch(() => undefined);
      } finally {
        other.close();
      }
    }),
    async close() {
      over.abort();
      await Promise.resolve();
    },
  };
}

async function onServer(supervisor: Pick<Supervisor, 'start'>): Promise<StoreUnderTest> {
  const cluster = await makePostgres();
  try {
    await supervisor.start('store', launchPostgres(cluster));
    const link = await openLink(Number(new URL(cluster.url).port));
    const url = new URL(cluster.url);
    url.port = String(link.port);
    return {
      ...{ url: url.href, directUrl: cluster.url },
      cut: oneByOne((forMs) => link.cut(forMs)),
      async close() {
        await link.close();
        await cluster.remove();
      },
    };
  } catch (error) {
    await cluster.remove();
    throw error;
  }
}

/** Whoever comes while it is cut waits for the end of that. */
function oneByOne(cut: (forMs: number) => Promise<void>): (forMs: number) => Promise<void> {
  let last = Promise.resolve();
  return (forMs) => {
    const mine = last.then(() => cut(forMs));
    last = mine.catch(() => undefined);
    return mine;
  };
}
