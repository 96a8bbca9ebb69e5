import type { Command } from 'commander';
import type { z } from 'zod';

import { visible } from '../../contracts/visible/visible.ts';
import type { PersonSettings } from '../../store/people/person.ts';
import type { Store } from '../../store/store.ts';
import { say, tell } from '../output.ts';
import { CommandError, runCommand } from '../run-command.ts';
import type { TenantOptions } from '../session.ts';
import { AwaySchema, ChannelsSchema, quietOf, QuietSchema, ZoneSchema } from './settings-fields.ts';

interface Settings extends TenantOptions {
  zone?: string;
  quiet?: string;
  channels?: string;
}

interface AwayOptions extends TenantOptions {
  until?: string;
  standIn?: string;
  back?: boolean;
}

/** What the commands of `people` share. */
export interface Within {
  withTenant: (command: Command) => Command;
  withStore: (options: TenantOptions, work: (store: Store, tenant: string) => Promise<void>) => Promise<void>;
  idOf: (store: Store, tenant: string, name: string) => Promise<string>;
  unknownPerson: (name: string, tenant: string) => CommandError;
}

/** Adds the commands that say how a person is told. */
export function addSettingsCommands(
  people: Command,
  { withTenant, withStore, idOf, unknownPerson }: Within,
): void {
  withTenant(people.command('set'))
    .description('say how a person is told; what is not given stays')
    .argument('<person>', 'an id, a mail address or a Slack id')
    .option('--zone <zone>', 'their time zone, such as Europe/Berlin; "none" for UTC')
    .option(
      '--quiet <hours>',
      'hours without messages and the days they work: "20:00-07:00 1,2,3,4,5"; "none" for no such hours',
    )
    .option(
      '--channels <names>',
      'channels in their order, such as slack,mail; "none" for all that a policy names',
    )
    .addHelpText('after', '\nWith --json: the person.')
    .action(
      runCommand(async (name: string, options: Settings) => {
        const { zone, quiet, channels } = options;
        const settings: PersonSettings = {
          ...(zone !== undefined && { zone: read('zone', zone, ZoneSchema) }),
          ...(quiet !== undefined && { quiet: read('quiet', quiet, QuietSchema, quietOf) }),
          ...(channels !== undefined && {
            channels: read('channels', channels, ChannelsSchema, (list) =>
              list.split(',').map((one) => one.trim()),
            ),
          }),
        };
        if (Object.keys(settings).length === 0)
          throw new CommandError('Nothing is to be set. Give --zone, --quiet or --channels.');
        await change(name, options, settings);
      }),
    );

  withTenant(people.command('away'))
    .description('say until when a person is away, and who is told in their place')
    .argument('<person>', 'an id, a mail address or a Slack id')
    .option('--until <time>', 'such as 2026-12-31, or 2026-12-31T12:00Z')
    .option('--stand-in <person>', 'who is told meanwhile, and gets no right by it; nobody if left out')
    .option('--back', 'they are back')
    .addHelpText('after', '\nWith --json: the person.')
    .action(
      runCommand(async (name: string, options: AwayOptions) => {
        const { until, standIn, back } = options;
        if ((until === undefined) === (back !== true))
          throw new CommandError('Give either --until with a time, or --back.');
        if (until === undefined) return change(name, options, { away: null });
        await withStore(options, async (store, tenant) => {
          const other = standIn === undefined ? null : await idOf(store, tenant, standIn);
          if (other !== null && (await store.people.get(tenant, other)) === null)
            throw unknownPerson(standIn ?? '', tenant);
          await apply(store, tenant, name, {
            away: read('until', until, AwaySchema, (time) => ({ until: time, standIn: other })),
          });
        });
      }),
    );

  async function change(name: string, options: TenantOptions, settings: PersonSettings): Promise<void> {
    await withStore(options, (store, tenant) => apply(store, tenant, name, settings));
  }

  async function apply(store: Store, tenant: string, name: string, settings: PersonSettings): Promise<void> {
    const id = await idOf(store, tenant, name);
    if (!(await store.people.set(tenant, id, settings))) throw unknownPerson(name, tenant);
    const person = await store.people.get(tenant, id);
    say(`"${visible(id)}" is told accordingly from now on.`);
    tell(person);
  }
}

/** @throws CommandError naming the option, and what is allowed. */
function read<T>(
  option: string,
  text: string,
  schema: z.ZodType<T>,
  parse: (words: string) => unknown = (words) => words,
): T | null {
  if (text === 'none') return null;
  const parsed = schema.safeParse(parse(text));
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw new CommandError(
    `--${option} ${issue?.message ?? ''}: it is "${visible(text)}". Nothing was changed.`,
  );
}
