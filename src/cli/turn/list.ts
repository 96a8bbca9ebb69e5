import { Option, type Command } from 'commander';

import type { TurnPage } from '../../client.ts';
import { TURN_STATUSES, type TurnStatus } from '../../contracts/turn.ts';
import { dim, say, tell } from '../output.ts';
import { runCommand } from '../run-command.ts';
import { withClient, withTenant, type TenantOptions } from '../session.ts';
import { wholeNumber } from '../settings/numbers.ts';
import { watchList } from '../watch.ts';

interface Options extends TenantOptions {
  conversation?: string;
  status?: TurnStatus;
  limit: number;
  watch?: boolean;
}

export function addListCommand(turn: Command): void {
  withTenant(turn.command('list'))
    .description('the turns of a tenant, newest first')
    .option('--conversation <id>', 'those of one conversation')
    .addOption(new Option('--status <status>', 'those in one status').choices(TURN_STATUSES))
    .option('--limit <count>', 'how many at most', wholeNumber(1, 1_000), 20)
    .option('--watch', 'go on, and show the list again when it has changed')
    .addHelpText(
      'after',
      '\nWith --json: {"turns": [{turnId, conversationId, status, startedAt, endedAt?, pendingApprovals}], "more"}.\n' +
        'With --watch: one line each time it changes.',
    )
    .action(runCommand(list));
}

async function list(options: Options): Promise<void> {
  const { conversation, status, limit } = options;
  await withClient(options, async (client, tenant) => {
    const read = () => client.listTurns(tenant, { conversationId: conversation, status }, limit);
    const show = (page: TurnPage): void => {
      tell(page);
      if (page.turns.length === 0) say(`There are no such turns in tenant "${tenant}".`);
      for (const { turnId, status: is, startedAt, pendingApprovals } of page.turns) {
        const waits = pendingApprovals.length === 0 ? '' : `  ${pendingApprovals.join(' ')}`;
        say(`${turnId}  ${is.padEnd(17)}  ${dim(startedAt)}${waits}`);
      }
      if (page.more) say(dim(`There are more; --limit is ${limit}.`));
    };
    if (options.watch === true) await watchList(read, show);
    else show(await read());
  });
}
