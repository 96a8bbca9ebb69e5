import type { Command } from 'commander';
import { FormatError, readKeys, type Jwks } from '@countersign/receipts';

import { ID_RULES, isTenant } from '../../contracts/ids.ts';
import { writePrivateFile } from '../files/private-file.ts';
import { readIfThere } from '../files/read-if-there.ts';
import { makeSigningPair } from '../files/signing-keys.ts';
import { say, tell } from '../output.ts';
import { CommandError, runCommand } from '../run-command.ts';
import { alone } from './alone.ts';

interface Options {
  file: string;
  trusted: string;
  tenant?: string | undefined;
}

/** `keys create-signing`: the pair with which gateways sign decisions, and workers verify them. */
export function addCreateSigningCommand(keys: Command): void {
  keys
    .command('create-signing')
    .description('make a key pair that signs decisions, and add its public key to the trusted ones')
    .requiredOption('--file <file>', 'the private key, for COUNTERSIGN_SIGNING_KEY; it must not be there yet')
    .requiredOption(
      '--trusted <file>',
      'the public keys, for COUNTERSIGN_TRUSTED_KEYS; made if it is not there',
    )
    .option('--tenant <tenant>', 'the key counts for this tenant alone; for all of them by default')
    .addHelpText(
      'after',
      '\nTo rotate: make a new pair with the same --trusted file, give that file to all workers, then the new private key to the\ngateways. Take the old public key out when no decision that it signed waits any more.\nWith --json: {"kid", "file", "trusted"}.',
    )
    .action(
      runCommand(async ({ file, trusted, tenant }: Options) => {
        if (tenant !== undefined && !isTenant(tenant))
          throw new CommandError(`--tenant "${tenant}" must be ${ID_RULES.tenant}.`);
        const { kid, count } = await addSigningPair({ file, trusted, tenant });
        say(`Made the key ${kid}.`);
        say(`Private, for gateways: COUNTERSIGN_SIGNING_KEY=${file}`);
        say(`Public, for workers, with ${count} before it: COUNTERSIGN_TRUSTED_KEYS=${trusted}`);
        tell({ kid, file, trusted });
      }),
    );
}

/**
 * Makes a pair, one at a time for a file of trusted keys. The public key is written first: one that is trusted and signs nothing does no
 * harm, and a run that ends half-way can be repeated.
 *
 * @returns how many keys were trusted before.
 * @throws CommandError when a file cannot be read, the private one is there, or another changes the trusted ones
 */
export function addSigningPair(options: Options): Promise<{ kid: string; count: number }> {
  return alone(options.trusted, '--trusted', () => addPair(options));
}

async function addPair({ file, trusted, tenant }: Options): Promise<{ kid: string; count: number }> {
  if ((await readIfThere(file, `--file ${file}`)) !== null)
    throw new CommandError(
      `--file ${file} is there already. Name a new file: a key that signed decisions is kept.`,
    );
  const { keys } = await trustedIn(trusted);
  const { kid, privateJwk, publicJwk } = await makeSigningPair(tenant);
  await writePrivateFile(trusted, `${JSON.stringify({ keys: [...keys, publicJwk] }, null, 2)}\n`);
  await writePrivateFile(file, `${JSON.stringify(privateJwk, null, 2)}\n`);
  return { kid, count: keys.length };
}

async function trustedIn(file: string): Promise<Jwks> {
  const text = await readIfThere(file, `--trusted ${file}`);
  if (text === null) return { keys: [] };
  try {
    return (await readKeys(text)).jwks;
  } catch (error) {
    if (!(error instanceof FormatError)) throw error;
    throw new CommandError(
      `--trusted ${file} is no set of public keys: ${error.message}. Name another file, or mend it.`,
    );
  }
}
