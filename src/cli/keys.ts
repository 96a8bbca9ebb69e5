import { readFile } from 'node:fs/promises';

import type { Command } from 'commander';

import { createApiKey, readApiKeys, SCOPES, type ApiKey, type Scope } from '../gateway/app.ts';
import { ID_RULES, isTenant } from '../contracts/ids.ts';
import { say } from './output.ts';
import { writePrivateFile } from './private-file.ts';
import { CommandError, runCommand } from './run-command.ts';

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
        else await addToFile(file, entry);
        say(`The key, shown once: ${key}`);
      }),
    );
}

async function addToFile(file: string, entry: ApiKey): Promise<void> {
  const isNew = await readFile(file).then(
    () => false,
    (error: unknown) => {
      if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return true;
      throw new CommandError(`--file ${file} cannot be read: ${String(error)}.`);
    },
  );
  await writeKeys(file, [...(isNew ? [] : readApiKeys(file)), entry]);
  say(`Added "${entry.name}" of tenant "${entry.tenant}" to ${file}. Restart the gateways to use it.`);
}

/** Writes a file of keys that only its owner can read. */
export async function writeKeys(file: string, keys: ApiKey[]): Promise<void> {
  await writePrivateFile(file, `${JSON.stringify({ keys }, null, 2)}\n`);
}
