import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { cpus, totalmem } from 'node:os';

import { z } from 'zod';

/** One line of a result: what was measured, the figure, and what it is held against. */
const RowSchema = z.object({
  name: z.string(),
  unit: z.string(),
  /** The figure to quote: a median where there are samples. */
  value: z.number(),
  /** Quartiles of the samples, or least and most of a few repetitions. */
  spread: z.tuple([z.number(), z.number()]).optional(),
  samples: z.number().optional(),
  /** Which way is worse, for `compare`; a row without it is for information. */
  worse: z.enum(['higher', 'lower']).optional(),
  /** What it should be, and whether it is. */
  goal: z.object({ text: z.string(), met: z.boolean() }).optional(),
});
export type Row = z.infer<typeof RowSchema>;

const ResultSchema = z.object({
  bench: z.string(),
  command: z.string(),
  at: z.string(),
  commit: z.string().optional(),
  machine: z.record(z.string(), z.unknown()),
  versions: z.record(z.string(), z.string()),
  rows: z.array(RowSchema),
});
export type Result = z.infer<typeof ResultSchema>;

const folder = new URL('./results/', import.meta.url);

/** Prints the rows as a table and writes them to `bench/results/<bench>.json`. */
export async function report(bench: string, rows: Row[]): Promise<void> {
  console.log(`\n${table(rows)}\n`);
  await mkdir(folder, { recursive: true });
  const result: Result = {
    bench,
    command: `npm run bench -- ${process.argv.slice(2).join(' ')}`,
    at: new Date().toISOString(),
    machine: {
      cpus: cpus().length,
      model: cpus()[0]?.model,
      memoryGb: Math.round(totalmem() / 2 ** 30),
      platform: `${process.platform} ${process.arch}`,
    },
    versions: await versions(),
    rows,
  };
  const file = new URL(`${bench}.json`, folder);
  await writeFile(file, `${JSON.stringify(result, null, 2)}\n`);
  console.log(`Written to bench/results/${bench}.json`);
}

export async function readResult(file: string): Promise<Result> {
  return ResultSchema.parse(JSON.parse(await readFile(file, 'utf8')));
}

function table(rows: Row[]): string {
  const width = Math.max(...rows.map(({ name }) => name.length));
  return rows
    .map(({ name, unit, value, spread, goal }) => {
      const range = spread === undefined ? '' : `${show(spread[0])} to ${show(spread[1])}`;
      const judged = goal === undefined ? '' : `${goal.met ? 'met   ' : 'MISSED'}  ${goal.text}`;
      return `${name.padEnd(width)}  ${show(value).padStart(9)} ${unit.padEnd(11)} ${range.padEnd(20)} ${judged}`.trimEnd();
    })
    .join('\n');
}

function show(value: number): string {
  return Number.isInteger(value) ? String(value) : value.toFixed(Math.abs(value) < 10 ? 2 : 1);
}

async function versions(): Promise<Record<string, string>> {
  const lock = JSON.parse(await readFile(new URL('../package-lock.json', import.meta.url), 'utf8')) as {
    packages: Record<string, { version?: string }>;
  };
  const names = ['@temporalio/worker', 'openai', 'hono'];
  const found = names.map((name) => [name, lock.packages[`node_modules/${name}`]?.version ?? 'unknown']);
  return { node: process.version, ...(Object.fromEntries(found) as Record<string, string>) };
}
