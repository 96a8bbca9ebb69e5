import { randomBytes } from 'node:crypto';

import type { Command } from 'commander';

import { howToCall } from '../contracts/how-called.ts';
import type { TurnView } from '../contracts/turn.ts';
import { visible, visibleLines } from '../contracts/visible/visible.ts';
import { bold, card, dim, green, say, yellow } from './output.ts';
import { CommandError, runCommand } from './run-command.ts';
import { uploadAll } from './upload.ts';
import { withClient, withTenant, type TenantOptions } from './session.ts';

interface Options extends TenantOptions {
  conversation?: string;
  assistant?: string;
  user?: string;
  attach?: string[];
  wait: string;
}

export function addTurnCommand(program: Command): void {
  withTenant(program.command('turn'))
    .description('start a turn and wait for its reply or for an approval')
    .argument('<message>', 'what the user says')
    .option('--conversation <id>', 'the conversation it belongs to (default: a new one)')
    .option('--assistant <name>', "which assistant (default: the application's first)")
    .option('--user <id>', 'whom the turn acts for')
    .option('--attach <file...>', 'files that go with the message, for built-in tools of the assistant')
    .option('--wait <seconds>', 'how long to wait', '60')
    .action(
      runCommand(async (message: string, options: Options) => {
        const { tenant, assistant, user } = options;
        const seconds = Number(options.wait);
        if (!(seconds >= 0 && seconds <= 86_400)) {
          throw new CommandError(`--wait is "${options.wait}": use a number of seconds from 0 to 86400.`);
        }
        const conversationId = options.conversation ?? `cli-${randomBytes(4).toString('hex')}`;
        await withClient(tenant, async (client) => {
          const attachments = await uploadAll(options.attach ?? []);
          const { turnId } = await client.startTurn({
            tenant,
            conversationId,
            message,
            ...(assistant === undefined ? {} : { assistant }),
            ...(user === undefined ? {} : { context: { user } }),
            ...(attachments.length > 0 && { attachments }),
          });
          say(dim(`turn ${turnId}`));
          const turn = await client.getTurn(tenant, turnId, seconds * 1_000);
          if (turn !== null) showTurn(turn);
          if (turn?.failure !== undefined) process.exitCode = 1;
        });
      }),
    );
}

function showTurn(turn: TurnView): void {
  for (const approval of turn.approvals) card(approval).forEach((line) => say(line));
  switch (turn.status) {
    case 'completed':
      say(green(visibleLines(turn.reply ?? '')));
      showFiles(turn);
      return;
    case 'parked':
      say(green(visibleLines(turn.reply ?? '')));
      showFiles(turn);
      say(yellow('Parked: the conversation goes on, these approvals stay open until their deadlines.'));
      return;
    case 'awaiting_decision':
      say(
        yellow('Waits for a decision:') +
          ` ${howToCall(`approvals approve ${turn.approvals.at(-1)?.approvalId ?? ''}`)}`,
      );
      return;
    default:
      say(
        turn.failure
          ? `${bold(turn.failure.type)}: ${visible(turn.failure.message)}`
          : `The turn is ${turn.status}.`,
      );
  }
}

/** Where the files of the footnotes are. The names stand in the reply. */
function showFiles({ citations = [] }: TurnView): void {
  for (const { number, fileId } of citations) {
    if (fileId !== null) say(dim(`[${number}] is ${visible(fileId)} at the provider`));
  }
}
