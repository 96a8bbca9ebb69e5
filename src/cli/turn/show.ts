import type { Command } from 'commander';

import { FINAL_TURN_STATUSES, type TurnView } from '../../contracts/turn.ts';
import { votesInShort } from '../approvals/votes.ts';
import { card, dim, say, tell } from '../output.ts';
import { runCommand } from '../run-command.ts';
import { withClient, withTenant, type TenantOptions } from '../session.ts';
import { toSeconds } from '../settings/numbers.ts';
import { onChange } from '../watch.ts';
import { showState, showTurn } from './render.ts';
import { requireReply, unknownTurn } from './turn-errors.ts';

interface Options extends TenantOptions {
  watch?: boolean;
  wait: number;
}

export function addShowCommand(turn: Command): void {
  withTenant(turn.command('show'))
    .description('one turn, with its approvals')
    .argument('<turnId>')
    .option('--wait <seconds>', 'wait until it needs a person or is over', toSeconds, 0)
    .option('--watch', 'follow it until it is over')
    .addHelpText(
      'after',
      '\nWith --json: the turn, as GET /v1/turns/{turnId} answers it. With --watch: one line each time it changes.',
    )
    .action(runCommand(show));
}

async function show(turnId: string, options: Options): Promise<void> {
  await withClient(options, async (client, tenant) => {
    const read = async (waitMs = 0): Promise<TurnView> => {
      const turn = await client.getTurn(tenant, turnId, waitMs);
      if (turn === null) throw unknownTurn(turnId, tenant);
      return turn;
    };
    if (options.watch === true) {
      await onChange(read, follow());
      return;
    }
    const turn = await read(options.wait * 1_000);
    say(dim(`turn ${turn.turnId}  ${turn.status}`));
    showTurn(turn);
    tell(turn);
    if (FINAL_TURN_STATUSES.has(turn.status)) requireReply(turn);
  });
}

/** Tells what is new about a turn, each time it has changed. @returns whether it is over. */
function follow(): (turn: TurnView) => boolean {
  const cards = new Map<string, string>();
  let status: string | undefined;
  return (turn) => {
    tell(turn);
    for (const approval of turn.approvals) {
      const lines = card(approval);
      const votes = approval.status === 'pending' ? (votesInShort(approval) ?? '') : '';
      const state = `${approval.status} ${approval.outcome ?? ''} ${votes}`.replaceAll(/ +/g, ' ');
      const before = cards.get(approval.approvalId);
      cards.set(approval.approvalId, state);
      if (before === undefined) lines.forEach((line) => say(line));
      else if (before !== state)
        say(`${dim(now())} ${approval.tool} ${approval.approvalId}: ${state.trim()}`);
    }
    const isOver = FINAL_TURN_STATUSES.has(turn.status);
    if (turn.status !== status) say(`${dim(now())} turn ${turn.status}`);
    if (turn.status !== status && (isOver || turn.status === 'parked')) showState(turn);
    status = turn.status;
    if (isOver) requireReply(turn);
    return isOver;
  };
}

const now = (): string => new Date().toLocaleTimeString();
