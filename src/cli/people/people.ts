import type { Command } from 'commander';

import { visible } from '../../contracts/visible/visible.ts';
import type { Person } from '../../store/people/person.ts';
import type { Store } from '../../store/store.ts';
import { dim, red, say, tell } from '../output.ts';
import { CommandError, runCommand } from '../run-command.ts';
import { localUser, type TenantOptions } from '../session.ts';
import { readPeople } from './import-file.ts';
import { addSettingsCommands } from './settings.ts';
import { addPasskeysCommand } from './passkeys.ts';
import { idOf, withStore, withTenant } from './with-store.ts';

interface SessionsOptions extends TenantOptions {
  person?: string;
  end?: boolean;
}

export function addPeopleCommand(program: Command): void {
  const people = program
    .command('people')
    .description('who may decide: the directory of a tenant, and who is signed in');

  withTenant(people.command('import'))
    .description('write people into the directory, all of a file or none')
    .argument('<file>', 'JSON or CSV')
    .addHelpText(
      'after',
      `
JSON: {"people": [{"id", "name", "mail", "groups": [], "slack", "identities": [{"issuer", "subject"}], "zone", "quiet": {"from", "to", "days"},
"away": {"until", "standIn"}, "channels": []}]}. Only "id" is required.
CSV: the same names in the first line; groups and channels between ";", identities as issuer, space, subject between ";",
quiet as "20:00-07:00 1,2,3,4,5", away as "2026-12-31 grace".
How a person is told (zone, quiet, away, channels) stays as it is where it is left out.
Each person is written in place of the one with the same id. Others, and everybody's right to decide, stay as they are.
With --json: {"imported", "people": [id]}.`,
    )
    .action(
      runCommand(async (file: string, options: TenantOptions) => {
        const read = await readPeople(file);
        await withStore(options, async (store, tenant) => {
          await store.people.put(tenant, read);
          say(`${count(read.length, 'person', 'people')} written into the directory of "${tenant}".`);
          tell({ imported: read.length, people: read.map(({ id }) => id) });
        });
      }),
    );

  withTenant(people.command('list'))
    .description('people of the directory')
    .option('--group <group>', 'those of one group')
    .addHelpText('after', '\nWith --json: {"people": [person]}.')
    .action(
      runCommand((options: TenantOptions & { group?: string }) =>
        withStore(options, async (store, tenant) => {
          const all = await everybody(store, tenant, options.group);
          if (all.length === 0)
            say(`Nobody is in the directory of "${tenant}"${options.group ? ` in that group` : ''}.`);
          for (const { id, name, groups, revokedAt } of all) {
            const taken = revokedAt === null ? '' : `  ${red('revoked')}`;
            say(`${visible(id)}  ${visible(name ?? '')}  ${dim(groups.map(visible).join(', '))}${taken}`);
          }
          tell({ people: all });
        }),
      ),
    );

  withTenant(people.command('show'))
    .description('one person')
    .argument('<person>', 'an id, a mail address or a Slack id')
    .addHelpText('after', '\nWith --json: the person.')
    .action(
      runCommand((name: string, options: TenantOptions) =>
        withStore(options, async (store, tenant) => {
          const person = await store.people.get(tenant, await idOf(store, tenant, name));
          if (person === null) throw unknownPerson(name, tenant);
          linesOf(person).forEach((line) => say(line));
          tell(person);
        }),
      ),
    );

  addSettingsCommands(people, { withTenant, withStore, idOf, unknownPerson });

  withTenant(people.command('revoke'))
    .description("take a person's right to decide, and end their sessions")
    .argument('<person>', 'an id, a mail address or a Slack id; also one that the directory does not know')
    .option('--reason <text>', 'why, for whoever asks later')
    .addHelpText(
      'after',
      '\nIt holds at the next decision and at the next effect. With --json: {"person", "revoked"}.',
    )
    .action(
      runCommand((name: string, options: TenantOptions & { reason?: string }) =>
        withStore(options, async (store, tenant) => {
          const person = await idOf(store, tenant, name);
          const { reason } = options;
          await store.revocations.revoke(tenant, person, {
            by: localUser(),
            ...(reason !== undefined && { reason }),
          });
          const isKnown = (await store.people.get(tenant, person)) !== null;
          say(
            `"${visible(person)}" decides nothing more in "${tenant}"${isKnown ? '' : ', and is not in the directory'}.`,
          );
          tell({ person, revoked: true });
        }),
      ),
    );

  withTenant(people.command('restore'))
    .description('give a person their right to decide again')
    .argument('<person>', 'an id, a mail address or a Slack id')
    .addHelpText('after', '\nWith --json: {"person", "restored"}; false if they had it.')
    .action(
      runCommand((name: string, options: TenantOptions) =>
        withStore(options, async (store, tenant) => {
          const person = await idOf(store, tenant, name);
          const restored = await store.revocations.restore(tenant, person);
          say(
            restored
              ? `"${visible(person)}" may decide again.`
              : `"${visible(person)}" was not revoked. Nothing changed.`,
          );
          tell({ person, restored });
        }),
      ),
    );

  withTenant(people.command('sessions'))
    .description('who is signed in to the inbox')
    .option('--person <person>', 'the sessions of one person')
    .option('--end', 'end them all, and the notifications on devices; needs --person')
    .addHelpText('after', '\nWith --json: {"sessions": [session]}; with --end: {"person", "ended"}.')
    .action(runCommand(sessions));

  addPasskeysCommand(people);
}

async function sessions(options: SessionsOptions): Promise<void> {
  await withStore(options, async (store, tenant) => {
    const person = options.person === undefined ? undefined : await idOf(store, tenant, options.person);
    if (options.end === true) {
      if (person === undefined)
        throw new CommandError('--end needs --person: whose sessions are to be ended.');
      const ended = await store.sessions.endAllOf(tenant, person);
      say(`${count(ended, 'session', 'sessions')} of "${visible(person)}" ended.`);
      tell({ person, ended });
      return;
    }
    const found = await store.sessions.list(tenant, person);
    if (found.length === 0) say('Nobody is signed in.');
    for (const { id, personId, createdAt, idleAt } of found)
      say(`${id}  ${visible(personId)}  since ${createdAt}  ${dim(`ends ${idleAt} unless used`)}`);
    tell({ sessions: found.map(({ details: _, ...session }) => session) });
  });
}

async function everybody(store: Store, tenant: string, group: string | undefined): Promise<Person[]> {
  const all: Person[] = [];
  let cursor: string | null = '';
  while (cursor !== null) {
    const page: { people: Person[]; next: string | null } = await store.people.list({
      ...{ tenant, cursor, limit: 500 },
      ...(group !== undefined && { group }),
    });
    all.push(...page.people);
    cursor = page.next;
  }
  return all;
}

function linesOf({ id, name, mail, slackId, groups, identities, revokedAt, ...told }: Person): string[] {
  const { zone, quiet, away, channels } = told;
  const days = quiet?.days === undefined ? '' : `, works on days ${quiet.days.join(', ')}`;
  const line = (label: string, value: string | null) =>
    value ? [`${label.padEnd(9)} ${visible(value)}`] : [];
  return [
    ...line('id', id),
    ...line('name', name),
    ...line('mail', mail),
    ...line('slack', slackId),
    ...line('groups', groups.join(', ')),
    ...identities.flatMap(({ issuer, subject }) => line('account', `${issuer} ${subject}`)),
    ...line('zone', zone),
    ...line('quiet', quiet && `${quiet.from} to ${quiet.to}${days}`),
    ...line('away', away && `until ${away.until}, ${away.standIn ?? 'nobody'} stands in`),
    ...line('channels', channels?.join(', ') ?? null),
    ...line('revoked', revokedAt),
  ];
}

function unknownPerson(name: string, tenant: string): CommandError {
  return new CommandError(
    `Nobody in the directory of "${tenant}" is "${name}". "people list" shows who is.`,
    {
      exit: 'not-found',
      problem: 'person-not-found',
    },
  );
}

function count(number: number, one: string, many: string): string {
  return `${number} ${number === 1 ? one : many}`;
}
