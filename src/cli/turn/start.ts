import { randomBytes } from 'node:crypto';

import type { Command } from 'commander';

import { FINAL_TURN_STATUSES } from '../../contracts/turn.ts';
import { dim, say, tell } from '../output.ts';
import { runCommand } from '../run-command.ts';
import { withClient, withTenant, type TenantOptions } from '../session.ts';
import { toSeconds } from '../settings/numbers.ts';
import { showTurn } from './render.ts';
import { requireReply, unknownTurn } from './turn-errors.ts';
import { uploadAll } from './upload.ts';

interface Options extends TenantOptions {
  conversation?: string;
  assistant?: string;
  user?: string;
  attach?: string[];
  wait: number;
}

export function addStartCommand(turn: Command): void {
  withTenant(turn.command('start', { isDefault: true }))
    .description('start a turn and wait for its reply or for an approval')
    .argument('<message>', 'what the user says')
    .option('--conversation <id>', 'the conversation it belongs to (default: a new one)')
    .option('--assistant <name>', "which assistant (default: the application's first)")
    .option('--user <id>', 'whom the turn acts for')
    .option('--attach <file...>', 'files that go with the message, for built-in tools of the assistant')
    .option('--wait <seconds>', 'how long to wait', toSeconds, 60)
    .addHelpText('after', '\nWith --json: the turn, as GET /v1/turns/{turnId} answers it.')
    .action(runCommand(start));
}

async function start(message: string, options: Options): Promise<void> {
  const { assistant, user, wait } = options;
  const conversationId = options.conversation ?? `cli-${randomBytes(4).toString('hex')}`;
  await withClient(options, async (client, tenant) => {
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
    const turn = await client.getTurn(tenant, turnId, wait * 1_000);
    if (turn === null) throw unknownTurn(turnId, tenant);
    showTurn(turn);
    tell(turn);
    if (FINAL_TURN_STATUSES.has(turn.status)) requireReply(turn);
  });
}
