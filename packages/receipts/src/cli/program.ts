import { createReadStream, readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';

import { readCheckpoints } from '../checkpoint.ts';
import { describeReport } from '../describe.ts';
import { FormatError } from '../format-error.ts';
import { readKeys } from '../signing/keys.ts';
import { verifyFile } from '../verify-file.ts';

const HELP = `Usage: receipts verify FILE [--keys FILE] [--checkpoints FILE] [--json]

Verifies an export of Countersign's record, or a receipt. Needs no network and no database.

  FILE                an export (.ndjson) or a receipt (.json); "-" reads standard input
  --keys FILE         the gateway's public keys, a JWKS that you got from elsewhere than FILE
  --checkpoints FILE  checkpoints that were kept elsewhere, one JWS a line: shows what was taken away or changed since
  --json              the report as JSON
  --help, --version

Without --keys it shows damage, but not who wrote the file.
Exit code: 0 nothing wrong, 1 something is wrong, 2 the call was wrong or a file cannot be read.
`;

/** What is wrong with the call, and the remedy. */
class UsageError extends Error {}

/** `receipts`. @returns the exit code. */
export async function runProgram(args: string[]): Promise<number> {
  // Whoever reads may have enough of it: `| head`.
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error;
  });
  try {
    return await run(args);
  } catch (error) {
    const said = messageOf(error);
    if (said === null) throw error;
    process.stderr.write(`${said}\n`);
    return 2;
  }
}

async function run(args: string[]): Promise<number> {
  const { values, positionals } = parseArgs({
    args,
    allowPositionals: true,
    options: {
      keys: { type: 'string' },
      checkpoints: { type: 'string' },
      json: { type: 'boolean', default: false },
      help: { type: 'boolean', short: 'h', default: false },
      version: { type: 'boolean', default: false },
    },
  });
  if (values.help || (positionals.length === 0 && !values.version)) {
    process.stdout.write(HELP);
    return values.help ? 0 : 2;
  }
  if (values.version) {
    const manifest = readFileSync(new URL('../../package.json', import.meta.url), 'utf8');
    process.stdout.write(`${(JSON.parse(manifest) as { version: string }).version}\n`);
    return 0;
  }
  const [command, file, ...others] = positionals;
  if (command !== 'verify')
    throw new UsageError(`There is no command "${command ?? ''}". Use: receipts verify FILE`);
  if (file === undefined || others.length > 0) throw new UsageError('Name one file: receipts verify FILE');

  const keys = values.keys === undefined ? undefined : await parsed(values.keys, readKeys);
  const checkpoints =
    values.checkpoints === undefined ? [] : await parsed(values.checkpoints, readCheckpoints);
  const bytes = file === '-' ? process.stdin : createReadStream(file, { highWaterMark: 1 << 18 });
  const report = await verifyFile(bytes as AsyncIterable<Uint8Array>, { keys, checkpoints });
  process.stdout.write(values.json ? `${JSON.stringify(report, null, 2)}\n` : describeReport(report));
  return report.ok ? 0 : 1;
}

async function parsed<Value>(path: string, parse: (text: string) => Value | Promise<Value>): Promise<Value> {
  const text = readFileSync(path, 'utf8');
  try {
    return await parse(text);
  } catch (error) {
    if (!(error instanceof FormatError)) throw error;
    throw new UsageError(`${path}: ${error.message}`);
  }
}

/** What a person can put right, in a sentence; null for a fault of ours. */
function messageOf(error: unknown): string | null {
  if (error instanceof UsageError)
    return `${error.message}. Add --help to see what is allowed.`.replace('..', '.');
  if (!(error instanceof Error)) return null;
  const { code, path } = error as NodeJS.ErrnoException;
  if (code?.startsWith('ERR_PARSE_ARGS'))
    return `${error.message}. Add --help to see what is allowed.`.replace('..', '.');
  if (code === 'ENOENT') return `${path ?? 'The file'} does not exist.`;
  if (path !== undefined || code === 'EISDIR')
    return `${path ?? 'The file'} cannot be read: ${error.message}.`;
  return null;
}
