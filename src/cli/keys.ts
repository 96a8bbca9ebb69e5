import { access } from 'node:fs/promises';

import type { Command } from 'commander';

import { createApiKey, readApiKeys, SCOPES, type ApiKey, type Scope } from '../gateway/app.ts';
import { ID_RULES, isTenant } from '../contracts/ids.ts';
import { waitForLock } from './files/file-lock.ts';
import { say, tell } from './output.ts';
import { writePrivateFile } from './files/private-file.ts';
import { CommandError, runCommand } from './run-command.ts';

/** Reading, adding and writing takes milliseconds. */
const LOCK_LIMIT_MS = 10_000;

interface Options {
  name: string;
  tenant: string;
  scope: string[];
  group?: string[];
  file?: string;
}

export function addKeysCommand(program: Command): void {
  program
    .command('keys')
    .description('API keys of the gateway')
    .command('create')
    .description('make an API key, print it once, and add its hash to the file of keys')
    .requiredOption('--name <name>', 'who uses it; the approver when it decides')
    .requiredOption('--tenant <tenant>', ID_RULES.tenant)
    .option('--scope <scope...>', `what it may do: ${SCOPES.join(', ')}`, [...SCOPES])
    .option('--group <group...>', 'groups of the approver')
    .option('--file <file>', 'the file of keys (COUNTERSIGN_API_KEYS); without it the entry is printed')
    .action(
      runCommand(async ({ name, tenant, scope, group, file }: Options) => {
        if (!isTenant(tenant)) throw new CommandError(`--tenant "${tenant}" must be ${ID_RULES.tenant}.`);
        const unknown = scope.find((wanted) => !(SCOPES as readonly string[]).includes(wanted));
        if (unknown !== undefined)
          throw new CommandError(`--scope "${unknown}" must be one of ${SCOPES.join(', ')}.`);
        const groups = group === undefined ? {} : { groups: group };
        const { entry, key } = createApiKey({ name, tenant, scopes: scope as Scope[], ...groups });
        if (file === undefined) say(JSON.stringify({ keys: [entry] }, null, 2));
        else {
          await addKey(file, entry);
          say(
            `Added "${name}" of tenant "${tenant}" to ${file}. Running gateways take it up within seconds.`,
          );
        }
        say(`The key, shown once: ${key}`);
        tell({ key, entry, file: file ?? null });
      }),
    );
}

/**
 * Adds a key to a file of keys, which is made if it is not there. One at a time, so that no key is lost between reading and writing.
 *
 * @throws CommandError, SettingsFileError when the file cannot be read, is malformed, or is being changed by another
 */
export async function addKey(file: string, entry: ApiKey): Promise<void> {
  const lock = await waitForLock(`${file}.lock`, { withinMs: LOCK_LIMIT_MS });
  if (lock === null) {
    throw new CommandError(
      `--file ${file} is being changed by another "keys create" for more than ${LOCK_LIMIT_MS / 1_000} s. End that one, and try again.`,
    );
  }
  try {
    await writeKeys(file, [...((await isThere(file)) ? readApiKeys(file) : []), entry]);
  } finally {
    lock.release();
  }
}

async function isThere(file: string): Promise<boolean> {
  try {
    await access(file);
    return true;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return false;
    throw new CommandError(`--file ${file} cannot be read: ${String(error)}.`);
  }
}

/** Writes a file of keys that only its owner can read. */
export async function writeKeys(file: string, keys: ApiKey[]): Promise<void> {
  await writePrivateFile(file, `${JSON.stringify({ keys }, null, 2)}\n`);
}
