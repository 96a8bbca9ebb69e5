import { createReadStream, createWriteStream } from 'node:fs';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';

import { verifyExport, verifyInclusion, entryLeaf, fromDigest } from '@countersign/receipts';

import { createProofs } from '../src/record/proof.ts';
import { createRecorder } from '../src/record/recorder.ts';
import { openStore, type Store } from '../src/store/store.ts';
import { aboutOf, factsOf, fill, TENANT } from './record/fill.ts';
import { PLACES, type Place } from './record/places.ts';
import { report, type Row } from './results.ts';
import { progress } from './stage.ts';
import { latencyRow, quantile, ratioRow } from './statistics.ts';

const SAMPLES = 500;
const PAGES = 100;
const GOALS = { entriesASecond: 20_000, inclusionMs: 5, pageMs: 20 };

/** The record and the lists of a store that has grown for long: what one more entry costs, what leaves it, and what people read of it. */
export async function benchRecord({
  count = 1_000_000,
  only,
}: {
  count?: number;
  only?: string[];
}): Promise<void> {
  const names = Object.keys(PLACES).filter((name) => only?.includes(name.toLowerCase()) ?? true);
  if (names.length === 0) throw new Error(`--only must name some of ${Object.keys(PLACES).join(', ')}.`);
  for (const name of names) await report(`record-${name.toLowerCase()}`, await measure(name, count));
}

async function measure(name: string, count: number): Promise<Row[]> {
  const place = await (PLACES[name] as () => Promise<Place>)();
  const store = await openStore({ url: place.url });
  try {
    progress(`${name}: writing ${count} entries`);
    const beganAt = performance.now();
    const { approvals } = await fill(createRecorder(store), count);
    const { size } = await store.record.tree(TENANT);
    return [
      {
        name: `${size} entries, ${approvals} approvals: written together`,
        unit: 'entries/s',
        value: rateOf(size, performance.now() - beganAt),
        worse: 'lower' as const,
      },
      ...(await appends(store, place, approvals)),
      ...(await inclusions(store)),
      ...(await pages(store, approvals)),
      ...(await exported(store, place)),
    ].map((row) => ({ ...row, name: `${name}: ${row.name}` }));
  } finally {
    await store.close();
    await place.remove();
  }
}

/** One after the other, the floor's turn and ours, so that both meet the same disk. */
async function appends(store: Store, place: Place, approvals: number): Promise<Row[]> {
  progress('Appending');
  const recorder = createRecorder(store);
  const [floor, ours]: [number[], number[]] = [[], []];
  for (let sample = 0; sample < SAMPLES; sample += 1) {
    floor.push(await timed(() => place.insertRow()));
    // The begin of an effect, which a person waits for.
    const number = 2 * (Math.ceil(approvals / 2) + sample);
    const started = factsOf(number).filter(({ is }) => is === 'started');
    ours.push(await timed(() => recorder.write(aboutOf(number), started)));
  }
  return [
    latencyRow('floor, one row on disk', floor),
    latencyRow('append of one entry', ours),
    ratioRow('append, p50 beside the floor', quantile(ours, 0.5), quantile(floor, 0.5)),
    ratioRow('append, p99 beside the floor', quantile(ours, 0.99), quantile(floor, 0.99)),
  ];
}

async function inclusions(store: Store): Promise<Row[]> {
  progress('Proving');
  const { record } = store;
  const { size, root } = await record.tree(TENANT);
  const times: number[] = [];
  for (let sample = 0; sample < SAMPLES; sample += 1) {
    const sequence = Math.floor(Math.random() * size);
    let proof: Uint8Array[] = [];
    times.push(await timed(async () => (proof = await record.inclusion(TENANT, sequence, size))));
    const [entry] = await record.entries(TENANT, { from: sequence, limit: 1 });
    const leaf = entry && entryLeaf(entry);
    if (!leaf || !verifyInclusion({ leaf, index: sequence, size, proof, root: fromDigest(root) }))
      throw new Error(`The proof of entry ${sequence} does not lead to the root.`);
  }
  return [atMost('inclusion proof', times, GOALS.inclusionMs)];
}

async function pages({ index }: Store, approvals: number): Promise<Row[]> {
  progress('Listing');
  const open = { tenant: TENANT, status: 'pending', limit: 50 } as const;
  const page = async (query: Parameters<typeof index.list>[0], atLeast: number): Promise<number[]> => {
    const times: number[] = [];
    for (let sample = 0; sample < PAGES; sample += 1) {
      const time = await timed(async () => {
        const found = await index.list(query);
        if (found.approvals.length < atLeast) throw new Error(`A page has ${found.approvals.length} rows.`);
      });
      times.push(time);
    }
    return times;
  };
  const far = await cursorAfter(index, Math.min(20_000, Math.floor(approvals / 4)));
  const size = `of 50 in ${approvals}`;
  return [
    atMost(`index page ${size}, what waits`, await page(open, 50), GOALS.pageMs),
    atMost(
      `index page ${size}, far behind`,
      await page({ ...open, ...(far !== null && { cursor: far }) }, 50),
      GOALS.pageMs,
    ),
    atMost(
      `index page ${size}, of one tool, newest first`,
      await page({ ...open, tool: 'refund_order', sort: 'newest' }, 50),
      GOALS.pageMs,
    ),
    atMost(
      `index page ${size}, of any status`,
      await page({ tenant: TENANT, limit: 50, sort: 'newest' }, 50),
      GOALS.pageMs,
    ),
    atMost(
      `index page ${size}, a search of few`,
      await page({ ...open, status: ['pending', 'approved'], q: `parcel ${Math.floor(approvals / 2)}` }, 1),
      GOALS.pageMs,
    ),
  ];
}

async function cursorAfter(index: Store['index'], rows: number): Promise<string | null> {
  let cursor: string | null = null;
  for (let read = 0; read < rows; read += 1_000) {
    const query = { tenant: TENANT, status: 'pending', limit: 1_000 } as const;
    ({ next: cursor } = await index.list({ ...query, ...(cursor !== null && { cursor }) }));
  }
  return cursor;
}

/** As the command line exports and verifies a file. */
async function exported(store: Store, { folder }: Place): Promise<Row[]> {
  progress('Exporting');
  const file = join(folder, 'record.ndjson');
  const { size } = await store.record.tree(TENANT);
  let clock = startClock();
  await pipeline(Readable.from(createProofs(store).exportLines(TENANT)), createWriteStream(file));
  const written = rates('export', size, clock);
  progress('Verifying');
  clock = startClock();
  const { intact, entries, provenTo, problems } = await verifyExport(createReadStream(file));
  const verified = rates('verify', size, clock);
  if (!intact || entries !== size || provenTo !== size)
    throw new Error(`The export does not verify: ${JSON.stringify(problems.slice(0, 3))}`);
  return [...written, ...verified];
}

async function timed(work: () => Promise<unknown>): Promise<number> {
  const beganAt = performance.now();
  await work();
  return performance.now() - beganAt;
}

function atMost(name: string, times: number[], most: number): Row {
  return latencyRow(name, times, { text: `at most ${most} ms`, met: quantile(times, 0.5) <= most });
}

interface Clock {
  beganAt: number;
  usedBefore: number;
}

function startClock(): Clock {
  return { beganAt: performance.now(), usedBefore: processorMs() };
}

function processorMs(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1_000;
}

/** By the clock, and by the time of a processor, which tells less of what else the machine does. */
function rates(name: string, entries: number, { beganAt, usedBefore }: Clock): Row[] {
  const used = processorMs() - usedBefore;
  const text = `at least ${GOALS.entriesASecond}`;
  const value = rateOf(entries, performance.now() - beganAt);
  return [
    { name, unit: 'entries/s', value, worse: 'lower', goal: { text, met: value >= GOALS.entriesASecond } },
    {
      name: `${name}, a second of a processor`,
      unit: 'entries',
      value: rateOf(entries, used),
      worse: 'lower',
    },
  ];
}

function rateOf(entries: number, ms: number): number {
  return entries / (ms / 1_000);
}
