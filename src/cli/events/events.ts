import type { Command } from 'commander';

import { storeConfig } from '../../config.ts';
import { startDelivery } from '../../notices/events/start-delivery.ts';
import type { EventEndpoint, EventOptions } from '../../notices/events/endpoints.ts';
import { openStore, type Store } from '../../store/store.ts';
import { loadEvents } from '../files/event-endpoints.ts';
import { dim, say, tell } from '../output.ts';
import { CommandError, runCommand } from '../run-command.ts';
import { failedEvents } from './failed.ts';
import { sendTests } from './send-test.ts';
import { withTemporal } from './temporal.ts';

export function addEventsCommand(program: Command): void {
  const events = program
    .command('events')
    .description('the programs that hear of events (COUNTERSIGN_EVENT_ENDPOINTS), and what they have missed');

  events
    .command('list')
    .description('the endpoints, and whether one has ended')
    .addHelpText('after', '\nWith --json: {"endpoints": [{"name", "url", "ended"}]}.')
    .action(runCommand(list));

  events
    .command('send-test [endpoint]')
    .description('send a signed event that tells of nothing, from this machine')
    .option('--all', 'to every endpoint')
    .addHelpText('after', '\nWith --json: {"results": [{"endpoint", "id", "delivered", "why"}]}.')
    .action(
      runCommand(async (name: string | undefined, { all }: { all?: boolean }) => {
        const options = configured();
        const wanted = oneOrAll('an endpoint', name, all);
        await sendTests(options, wanted === null ? options.endpoints : [endpointOf(options, wanted)]);
      }),
    );

  events
    .command('list-failed')
    .description('events that were not delivered in three days, or to an endpoint that had ended')
    .option('--endpoint <name>', 'those of one endpoint')
    .addHelpText(
      'after',
      '\nWith --json: one line each, {"id", "endpoint", "tenant", "type", "failedAt", "why"}.',
    )
    .action(runCommand(listFailed));

  events
    .command('resend [id]')
    .description('send a failed event again, under the same webhook-id')
    .option('--all', 'every failed event')
    .option('--endpoint <name>', 'to one endpoint')
    .addHelpText('after', '\nWith --json: {"resent"}.')
    .action(runCommand(resend));

  events
    .command('resume <endpoint>')
    .description('send events again to an endpoint that has answered 410')
    .addHelpText('after', '\nWith --json: {"endpoint", "hadEnded"}.')
    .action(
      runCommand(async (name: string) => {
        endpointOf(configured(), name);
        const hadEnded = await withStore((store) => store.endpoints.resume(name));
        tell({ endpoint: name, hadEnded });
        say(
          hadEnded
            ? `${name} gets events from now on. "events resend --all --endpoint ${name}" sends those that have failed.`
            : `${name} had not ended.`,
        );
      }),
    );
}

async function list(): Promise<void> {
  const { endpoints } = configured();
  const ended = await withStore((store) => store.endpoints.ended());
  const shown = endpoints.map(({ name, url }) => {
    const found = ended.find((one) => one.name === name);
    return { name, url, ended: found === undefined ? null : new Date(found.endedAt).toISOString() };
  });
  tell({ endpoints: shown });
  for (const { name, url, ended: since } of shown)
    say(`${name}  ${url}${since === null ? '' : `  ${dim(`ended at ${since}: it answered 410`)}`}`);
}

async function listFailed({ endpoint }: { endpoint?: string }): Promise<void> {
  await withTemporal(async (client, taskQueue) => {
    let count = 0;
    for await (const { input, failedAt, why } of failedEvents(client, taskQueue, endpoint)) {
      count += 1;
      const { id, tenant, type } = input;
      tell({ id, endpoint: input.endpoint, tenant, type, failedAt, why });
      say(`${id}  ${type} to ${input.endpoint}  ${dim(`${failedAt} ${why}`)}`);
    }
    if (count === 0) say('No event has failed.');
  });
}

async function resend(
  id: string | undefined,
  { all, endpoint }: { all?: boolean; endpoint?: string },
): Promise<void> {
  const wanted = oneOrAll('an id', id, all);
  await withTemporal(async (client, taskQueue) => {
    let resent = 0;
    for await (const { input } of failedEvents(client, taskQueue, endpoint)) {
      if (wanted !== null && input.id !== wanted) continue;
      if (await startDelivery(client, input, { taskQueue, isAgain: true })) resent += 1;
    }
    if (resent === 0 && wanted !== null)
      throw new CommandError(`No event "${wanted}" has failed. "events list-failed" shows those that have.`, {
        exit: 'not-found',
      });
    tell({ resent });
    say(`${resent} ${resent === 1 ? 'delivery has' : 'deliveries have'} begun again.`);
  });
}

/** @returns the one that is named; null for all. */
function oneOrAll(what: string, name: string | undefined, all = false): string | null {
  if ((name === undefined) === !all) throw new CommandError(`Name ${what}, or give --all; not both.`);
  return name ?? null;
}

function configured(): EventOptions {
  const options = loadEvents();
  if (options !== undefined) return options;
  throw new CommandError('COUNTERSIGN_EVENT_ENDPOINTS is not set. Set it to the file that the workers have.');
}

function endpointOf({ endpoints }: EventOptions, name: string): EventEndpoint {
  const found = endpoints.find((endpoint) => endpoint.name === name);
  if (found !== undefined) return found;
  const names = endpoints.map((endpoint) => endpoint.name).join(', ');
  throw new CommandError(`There is no endpoint "${name}". There are: ${names}.`, { exit: 'not-found' });
}

async function withStore<T>(work: (store: Store) => Promise<T>): Promise<T> {
  const store = await openStore(storeConfig());
  try {
    return await work(store);
  } finally {
    await store.close();
  }
}
