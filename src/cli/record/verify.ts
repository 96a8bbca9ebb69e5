import { createReadStream } from 'node:fs';
import { readFile } from 'node:fs/promises';

import { describeReport, FormatError, readKeys, verifyFile } from '@countersign/receipts';

import { EXIT_CODES } from '../errors/exit-codes.ts';
import { isJson, tell } from '../output.ts';
import { CommandError } from '../run-command.ts';

/** As `receipts verify` does, without another installation. */
export async function verifyRecord(file: string, { keys }: { keys?: string }): Promise<void> {
  const trusted = keys === undefined ? undefined : await loadKeys(keys);
  try {
    const report = await verifyFile(createReadStream(file), trusted && { keys: trusted });
    tell(report);
    if (!isJson()) process.stdout.write(describeReport(report));
    if (!report.ok) process.exitCode = EXIT_CODES.unexpected.code;
  } catch (error) {
    throw unreadable(file, error);
  }
}

async function loadKeys(file: string) {
  try {
    return await readKeys(await readFile(file, 'utf8'));
  } catch (error) {
    if (error instanceof FormatError) throw new CommandError(`${file} is no JWKS: ${error.message}`);
    throw unreadable(file, error);
  }
}

function unreadable(file: string, error: unknown): unknown {
  const code = error instanceof Error && 'code' in error ? String(error.code) : undefined;
  return code === undefined ? error : new CommandError(`${file} cannot be read (${code}).`);
}
