import type { Command } from 'commander';

import { FINAL_TURN_STATUSES } from '../../contracts/turn.ts';
import { say, tell } from '../output.ts';
import { CommandError, runCommand } from '../run-command.ts';
import { withClient, withTenant, type TenantOptions } from '../session.ts';
import { unknownTurn } from './turn-errors.ts';

/** A turn takes its way out first: its run is cancelled, what was under way is told. */
const LIMIT_MS = 10_000;

export function addCancelCommand(turn: Command): void {
  withTenant(turn.command('cancel'))
    .description('cancel a turn; its open approvals and its run at the provider are cancelled, too')
    .argument('<turnId>')
    .addHelpText('after', '\nWith --json: the turn, as GET /v1/turns/{turnId} answers it.')
    .action(runCommand(cancel));
}

async function cancel(turnId: string, options: TenantOptions): Promise<void> {
  await withClient(options, async (client, tenant) => {
    const before = await client.getTurn(tenant, turnId);
    if (before === null) throw unknownTurn(turnId, tenant);
    if (FINAL_TURN_STATUSES.has(before.status)) {
      throw new CommandError(`The turn is ${before.status} already, so nothing can be cancelled.`, {
        exit: 'not-applied',
        problem: 'turn-over',
        members: { turn: before },
      });
    }
    await client.cancelTurn(tenant, turnId);
    let turn = before;
    for (const until = Date.now() + LIMIT_MS; Date.now() < until && !FINAL_TURN_STATUSES.has(turn.status);) {
      turn = (await client.getTurn(tenant, turnId, 250)) ?? turn;
    }
    tell(turn);
    say(
      FINAL_TURN_STATUSES.has(turn.status)
        ? `The turn is ${turn.status}.`
        : 'The turn is asked to end, and will once a worker has it in hand.',
    );
  });
}
