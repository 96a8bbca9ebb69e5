import type { Command } from 'commander';

import {
  createApiKey,
  readApiKeys,
  SCOPE_MEANINGS,
  SCOPES,
  type ApiKey,
  type Scope,
} from '../../gateway/app.ts';
import { ID_RULES, isTenant } from '../../contracts/ids.ts';
import { alone } from './alone.ts';
import { addCreateSigningCommand } from './create-signing.ts';
import { addCreateVapidCommand } from './create-vapid.ts';
import { say, tell, yellow } from '../output.ts';
import { writePrivateFile } from '../files/private-file.ts';
import { readIfThere } from '../files/read-if-there.ts';
import { CommandError, runCommand } from '../run-command.ts';

interface Options {
  name: string;
  tenant: string;
  scope?: string[];
  person?: string;
  group?: string[];
  file?: string;
}

export function addKeysCommand(program: Command): void {
  const keys = program.command('keys').description('API keys of the gateway, and keys that sign');
  addCreateSigningCommand(keys);
  addCreateVapidCommand(keys);
  keys
    .command('create')
    .description('make an API key, print it once, and add its hash to the file of keys')
    .requiredOption(
      '--name <name>',
      'what the key is called; it decides by this name, unless it has a person',
    )
    .requiredOption('--tenant <tenant>', ID_RULES.tenant)
    .option('--scope <scope...>', `what it may do (none by default): ${SCOPES.join(', ')}`)
    .option('--person <id>', 'the one person who holds it: what it asks and decides is theirs')
    .option('--group <group...>', 'groups of the key, or of its person')
    .option('--file <file>', 'the file of keys (COUNTERSIGN_API_KEYS); without it the entry is printed')
    .action(
      runCommand(async ({ name, tenant, scope, person, group, file }: Options) => {
        if (!isTenant(tenant)) throw new CommandError(`--tenant "${tenant}" must be ${ID_RULES.tenant}.`);
        if (scope === undefined) throw new CommandError(scopeMissing());
        const unknown = scope.find((wanted) => !(SCOPES as readonly string[]).includes(wanted));
        if (unknown !== undefined)
          throw new CommandError(`--scope "${unknown}" must be one of ${SCOPES.join(', ')}.`);
        const { entry, key } = createApiKey({
          ...{ name, tenant, scopes: scope as Scope[] },
          ...(person !== undefined && { person }),
          ...(group !== undefined && { groups: group }),
        });
        if (file === undefined) say(JSON.stringify({ keys: [entry] }, null, 2));
        else {
          await addKey(file, entry);
          say(
            `Added "${name}" of tenant "${tenant}" to ${file}. Running gateways take it up within seconds.`,
          );
        }
        say(`The key, shown once: ${key}`);
        const warnings = warningsOf(entry);
        for (const warning of warnings) say(`${yellow('Warning:')} ${warning}`);
        tell({ key, entry, file: file ?? null, warnings });
      }),
    );
}

function scopeMissing(): string {
  const width = Math.max(...SCOPES.map(({ length }) => length));
  const meanings = SCOPES.map((scope) => `  --scope ${scope.padEnd(width)}  ${SCOPE_MEANINGS[scope]}`);
  return ['--scope is missing. A key may do nothing by itself; name what it needs:', ...meanings].join('\n');
}

/** What is allowed, and more than most keys need. */
function warningsOf({ scopes, name, person }: ApiKey): string[] {
  const isBoth = scopes.includes('turns:write') && scopes.includes('approvals:decide');
  if (!isBoth) return [];
  const holder = person ?? name;
  return [
    `"${name}" can begin a turn and approve what it asks for. Only a policy with notRequester refuses that: there "${holder}" cannot decide what "${holder}" has begun. Make two keys to keep asking and deciding apart.`,
  ];
}

/**
 * Adds a key to a file of keys, which is made if it is not there. One at a time, so that no key is lost between reading and writing.
 *
 * @throws CommandError, SettingsFileError when the file cannot be read, is malformed, or is being changed by another
 */
export function addKey(file: string, entry: ApiKey): Promise<void> {
  return alone(file, '--file', async () => {
    const isThere = (await readIfThere(file, `--file ${file}`)) !== null;
    await writeKeys(file, [...(isThere ? readApiKeys(file) : []), entry]);
  });
}

/** Writes a file of keys that only its owner can read. */
export async function writeKeys(file: string, keys: ApiKey[]): Promise<void> {
  await writePrivateFile(file, `${JSON.stringify({ keys }, null, 2)}\n`);
}
