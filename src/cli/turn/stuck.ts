import type { Command } from 'commander';

import type { Stuck } from '../../client.ts';
import { visible } from '../../contracts/visible/visible.ts';
import { EXIT_CODES } from '../errors/exit-codes.ts';
import { dim, say, tell } from '../output.ts';
import { runCommand } from '../run-command.ts';
import { withClient, withTenant, type TenantOptions } from '../session.ts';
import { wholeNumber } from '../settings/numbers.ts';

interface Options extends TenantOptions {
  after: number;
}

export function addStuckCommand(program: Command): void {
  withTenant(program.command('stuck'))
    .description('turns, requests and notices that wait longer than they should, and why')
    .option('--after <seconds>', 'how long each may take', wholeNumber(1, 2_592_000), 60)
    .addHelpText(
      'after',
      '\nThe exit code is 1 when there are any. Waiting for a person counts only where nobody may decide.\n' +
        'With --json: {"stuck": [{workflowId, kind, why, since, detail, activity?, attempts?, approvalId?}]}.',
    )
    .action(runCommand(stuck));
}

async function stuck(options: Options): Promise<void> {
  await withClient(options, async (client, tenant) => {
    const found = await client.listStuck(tenant, options.after * 1_000);
    tell({ stuck: found });
    if (found.length === 0) {
      say(`Nothing is stuck in tenant "${tenant}".`);
      return;
    }
    found.forEach(show);
    process.exitCode = EXIT_CODES.unexpected.code;
  });
}

function show({ workflowId, why, since, detail, attempts = 1, approvalId }: Stuck): void {
  const more = [dim(`since ${since}`), ...(attempts > 1 ? [dim(`attempt ${attempts}`)] : [])];
  say(`${workflowId}  ${why}  ${more.join('  ')}`);
  say(`  ${visible(detail)}${approvalId === undefined ? '' : ` (${approvalId})`}`);
}
