import type { Command } from 'commander';

import { visible } from '../../contracts/visible/visible.ts';
import { dim, say, tell } from '../output.ts';
import { CommandError, runCommand } from '../run-command.ts';
import type { TenantOptions } from '../session.ts';
import { idOf, withStore, withTenant } from './with-store.ts';

/** So many characters of a passkey's id name it. */
const SHORT = 12;

export function addPasskeysCommand(people: Command): void {
  const passkeys = people
    .command('passkeys')
    .description(
      'with what people sign decisions that are too grave for a session; they add them in the inbox',
    );

  withTenant(passkeys.command('list'))
    .description('passkeys of everybody, or of one person')
    .option('--person <person>', 'those of one person')
    .addHelpText('after', '\nWith --json: {"passkeys": [{"id", "person", "name", "createdAt", "usedAt"}]}.')
    .action(
      runCommand((options: TenantOptions & { person?: string }) =>
        withStore(options, async (store, tenant) => {
          const person = options.person === undefined ? undefined : await idOf(store, tenant, options.person);
          const found = (await store.passkeys.list(tenant, person)).map((passkey) => {
            const { credentialId: id, personId, name, createdAt, usedAt } = passkey;
            return { id, person: personId, name, createdAt, usedAt };
          });
          if (found.length === 0) say('Nobody has a passkey.');
          for (const { id, person: whose, name, createdAt, usedAt } of found) {
            const used = usedAt === null ? 'never used' : `used ${usedAt}`;
            say(
              `${id.slice(0, SHORT)}  ${visible(whose)}  ${visible(name)}  ${dim(`added ${createdAt}, ${used}`)}`,
            );
          }
          tell({ passkeys: found });
        }),
      ),
    );

  withTenant(passkeys.command('remove'))
    .description('take a passkey away: it signs nothing more')
    .argument('<id>', `its id, or the first ${SHORT} characters of it that "list" shows`)
    .addHelpText('after', '\nWith --json: {"id", "person", "removed"}.')
    .action(
      runCommand((given: string, options: TenantOptions) =>
        withStore(options, async (store, tenant) => {
          const all = await store.passkeys.list(tenant);
          const found = all.filter(
            ({ credentialId }) =>
              credentialId === given || (given.length >= SHORT && credentialId.startsWith(given)),
          );
          const [passkey] = found;
          if (passkey === undefined) throw notFound(given, tenant);
          if (found.length > 1)
            throw new CommandError(
              `Several passkeys begin with "${given}". "people passkeys list --json" shows whole ids.`,
            );
          const { credentialId: id, personId: person, name } = passkey;
          const removed = await store.passkeys.remove(tenant, id);
          say(`The passkey "${visible(name)}" of "${visible(person)}" signs nothing more.`);
          tell({ id, person, removed });
        }),
      ),
    );
}

function notFound(given: string, tenant: string): CommandError {
  return new CommandError(
    `No passkey of "${tenant}" has the id "${given}". "people passkeys list" shows which there are.`,
    { exit: 'not-found', problem: 'passkey-not-found' },
  );
}
