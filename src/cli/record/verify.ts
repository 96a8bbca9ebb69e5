import { createReadStream } from 'node:fs';
import { readFile } from 'node:fs/promises';

import { describeReport, FormatError, readCheckpoints, readKeys, verifyFile } from '@countersign/receipts';

import { EXIT_CODES } from '../errors/exit-codes.ts';
import { isJson, tell } from '../output.ts';
import { CommandError } from '../run-command.ts';

/** As `receipts verify` does, without another installation. */
export async function verifyRecord(
  file: string,
  options: { keys?: string; checkpoints?: string },
): Promise<void> {
  const { keys: keysFile, checkpoints: heldFile } = options;
  const keys = keysFile === undefined ? undefined : await parsed(keysFile, readKeys);
  const checkpoints = heldFile === undefined ? [] : await parsed(heldFile, readCheckpoints);
  try {
    const report = await verifyFile(createReadStream(file), { keys, checkpoints });
    tell(report);
    if (!isJson()) process.stdout.write(describeReport(report));
    if (!report.ok) process.exitCode = EXIT_CODES.unexpected.code;
  } catch (error) {
    throw unreadable(file, error);
  }
}

async function parsed<Value>(file: string, parse: (text: string) => Value | Promise<Value>): Promise<Value> {
  try {
    return await parse(await readFile(file, 'utf8'));
  } catch (error) {
    if (error instanceof FormatError) throw new CommandError(`${file}: ${error.message}.`);
    throw unreadable(file, error);
  }
}

function unreadable(file: string, error: unknown): unknown {
  const code = error instanceof Error && 'code' in error ? String(error.code) : undefined;
  return code === undefined ? error : new CommandError(`${file} cannot be read (${code}).`);
}
