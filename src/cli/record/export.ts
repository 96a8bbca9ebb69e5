import { createWriteStream } from 'node:fs';
import { once } from 'node:events';
import { finished } from 'node:stream/promises';

import type { Entry, Line } from '@countersign/receipts';

import { createProofs, type Signing } from '../../record/proof.ts';
import type { Store } from '../../store/store.ts';
import { loadKeys, publicKeysOf } from '../files/signing-keys.ts';
import { isJson, say, tell } from '../output.ts';
import { CommandError } from '../run-command.ts';

/** Writes an export, and a table beside it. */
export async function exportRecord(
  store: Store,
  tenant: string,
  options: { since?: string; until?: string; out?: string; csv?: string },
): Promise<void> {
  const { since, until, out, csv } = options;
  const time = { ...(since !== undefined && { since }), ...(until !== undefined && { until }) };
  const file = out === undefined ? process.stdout : await open(out);
  const table = csv === undefined ? undefined : await open(csv);
  let entries = 0;
  await write(table, `${COLUMNS.join(',')}\r\n`);
  for await (const text of createProofs(store, await signing()).exportLines(tenant, time)) {
    await write(file, text);
    const line = JSON.parse(text) as Line;
    if (line.type !== 'entry') continue;
    entries += 1;
    await write(table, toRow(line.entry));
  }
  for (const stream of [out === undefined ? undefined : file, table]) {
    stream?.end();
    if (stream) await finished(stream);
  }
  if (out === undefined) return;
  tell({ tenant, entries, out, ...(csv !== undefined && { csv }) });
  if (!isJson())
    say(`${entries} entries of ${tenant} in ${out}. Verify it with: countersign record verify ${out}`);
}

async function signing(): Promise<Signing> {
  const { signingKey, trustedKeys } = await loadKeys();
  const jwks = publicKeysOf(signingKey, trustedKeys);
  return { key: signingKey, ...(jwks.keys.length > 0 && { jwks }) };
}

const COLUMNS = [
  ...['sequence', 'time', 'kind', 'approvalId', 'turnId', 'tool', 'person', 'decision', 'status', 'reason'],
  ...['requester', 'deadline', 'digest', 'decisionId', 'id'],
] as const;

function toRow(entry: Entry): string {
  const values: Record<string, unknown> = { ...entry, person: entry.person?.id };
  return `${COLUMNS.map((column) => toCell(values[column])).join(',')}\r\n`;
}

/** A text that a spreadsheet would take for a formula stays a text. */
function toCell(value: unknown): string {
  const text = typeof value === 'number' ? value.toString() : typeof value === 'string' ? value : '';
  const plain = /^[=+\-@\t\r]/.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(plain) ? `"${plain.replaceAll('"', '""')}"` : plain;
}

async function open(path: string): Promise<NodeJS.WritableStream> {
  const stream = createWriteStream(path, { mode: 0o600 });
  try {
    await once(stream, 'open');
    return stream;
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown error';
    throw new CommandError(`${path} cannot be written (${code}). Name a file in a folder that exists.`);
  }
}

async function write(stream: NodeJS.WritableStream | undefined, text: string): Promise<void> {
  if (stream !== undefined && !stream.write(text)) await once(stream, 'drain');
}
