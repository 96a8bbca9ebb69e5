import { createWriteStream, createReadStream } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { setTimeout as sleep } from 'node:timers/promises';

import { FormatError, readKeys, verifyExport, type Entry, type Keys } from '@countersign/receipts';

import { createClient } from '../src/client.ts';
import { audit } from '../src/record/audit.ts';
import { shownToKept } from '../src/record/from-temporal.ts';
import { createProofs } from '../src/record/proof.ts';
import { openStore, type Store } from '../src/store/store.ts';
import type { Processes } from './processes.ts';
import type { StoreRecord } from './records.ts';
import { NAMESPACE, TASK_QUEUE, TENANT } from './settings.ts';

const PAUSE_MS = 500;
const ENTRIES_AT_ONCE = 500;
/** The audit leaves out what is younger; here all is over. */
const LATER_MS = 61_000;

/**
 * Reads the store once nothing is on its way to it any more: its entries, what `record audit` finds, and what a verifier finds in an export
 * that has only the file and the public keys.
 *
 * @param wanted.approvals - how many the turns have: the audit reads an index that follows a little later.
 */
export async function harvestRecord(wanted: {
  processes: Pick<Processes, 'store' | 'temporal' | 'signingKey' | 'trustedKeysFile'>;
  folder: string;
  approvals: number;
  patienceMs: number;
  signal: AbortSignal;
}): Promise<StoreRecord> {
  const { processes, folder, approvals, patienceMs, signal } = wanted;
  const keys = await readKeys(await readFile(processes.trustedKeysFile, 'utf8'));
  const store = await openStore({ url: processes.store.directUrl });
  const client = await createClient({
    connection: { address: processes.temporal },
    namespace: NAMESPACE,
    taskQueue: TASK_QUEUE,
  });
  const look = (): ReturnType<typeof audit> =>
    audit(store, TENANT, shownToKept(client.eachApproval(TENANT)), { nowMs: Date.now() + LATER_MS, keys });
  try {
    const endMs = Date.now() + patienceMs;
    let found = await look();
    while (Date.now() < endMs && (found.discrepancies.length > 0 || found.approvals < approvals)) {
      await sleep(PAUSE_MS, undefined, { signal });
      found = await look();
    }
    const file = join(folder, 'record.ndjson');
    const lines = createProofs(store, { key: processes.signingKey }).exportLines(TENANT);
    await pipeline(lines, createWriteStream(file)).catch((error: unknown) => {
      // A record that is torn cannot be taken out; the verifier says what is missing in the file.
      if (!(error instanceof FormatError)) throw error;
    });
    return { entries: await entriesOf(store), report: await verified(file, keys), audit: found };
  } finally {
    await client.close();
    await store.close();
  }
}

function verified(file: string, keys: Keys): ReturnType<typeof verifyExport> {
  return verifyExport(createReadStream(file) as AsyncIterable<Uint8Array>, { keys });
}

async function entriesOf({ record }: Store): Promise<Entry[]> {
  const entries: Entry[] = [];
  for (;;) {
    const from = (entries.at(-1)?.sequence ?? -1) + 1;
    const page = await record.entries(TENANT, { from, limit: ENTRIES_AT_ONCE });
    if (page.length === 0) return entries;
    entries.push(...page);
  }
}
