import type { Command } from 'commander';

import { addCancelCommand } from './cancel.ts';
import { addListCommand } from './list.ts';
import { addShowCommand } from './show.ts';
import { addStartCommand } from './start.ts';

export function addTurnCommand(program: Command): void {
  const turn = program.command('turn').description('start turns, look at them, cancel them');
  addStartCommand(turn);
  addShowCommand(turn);
  addListCommand(turn);
  addCancelCommand(turn);
  turn.addHelpText(
    'after',
    '\n"countersign turn <message>" starts one; its options are those of "countersign turn start --help".',
  );
}
