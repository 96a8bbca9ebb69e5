import { Option, type Command } from 'commander';

import type { ApprovalPage } from '../../client.ts';
import { visible, visibleJson } from '../../contracts/visible/visible.ts';
import { card, dim, say, tell } from '../output.ts';
import { runCommand } from '../run-command.ts';
import { withClient, withTenant, type TenantOptions } from '../session.ts';
import { watchList } from '../watch.ts';
import { LISTED_STATUSES, listFromStore } from './history.ts';
import { addDecideCommands, unknownApproval } from './decide.ts';
import { votesInShort } from './votes.ts';

export function addApprovalsCommand(program: Command): void {
  const approvals = program
    .command('approvals')
    .description('the approvals of a tenant, and decisions about them');

  withTenant(approvals.command('list'))
    .description('approvals that wait for a decision, or were decided')
    .addOption(
      new Option(
        '--status <status>',
        'those in one status; all but "pending" are read from the store',
      ).choices(LISTED_STATUSES),
    )
    .option('--text <words>', 'those with these beginnings of words, from the store')
    .option('--tool <name>', 'those of one tool')
    .option('--watch', 'go on, and show the list again when it has changed')
    .addHelpText(
      'after',
      '\nWith --json: {"approvals": [approval], "more"}; from the store they are as GET /v1/approvals lists them.\n' +
        ' With --watch: one line each time it changes.',
    )
    .action(runCommand(list));

  withTenant(approvals.command('show'))
    .description('one approval, with everything that will happen')
    .argument('<approvalId>')
    .addHelpText('after', '\nWith --json: the approval, as GET /v1/approvals/{approvalId} answers it.')
    .action(runCommand(show));

  addDecideCommands(approvals);
}

interface ListOptions extends TenantOptions {
  status?: string;
  tool?: string;
  text?: string;
  watch?: boolean;
}

async function list(options: ListOptions): Promise<void> {
  const { status = 'pending', text } = options;
  if (status !== 'pending' || text !== undefined) return listFromStore(options);
  await withClient(options, async (client, tenant) => {
    const read = () => client.listPending(tenant, 50, { tool: options.tool });
    const showPage = (page: ApprovalPage): void => {
      tell(page);
      if (page.approvals.length === 0) say(`Nothing waits for a decision in tenant "${tenant}".`);
      for (const approval of page.approvals) {
        const { approvalId, tool, arguments: args, deadline } = approval;
        say(`${approvalId}  ${visible(tool)} ${visibleJson(args)}  ${dim(`until ${deadline ?? 'decided'}`)}`);
        const votes = votesInShort(approval);
        if (votes !== null) say(`  ${votes}`);
      }
      if (page.more) say(dim('There are more; decide some, or filter in the Temporal UI.'));
    };
    if (options.watch === true) await watchList(read, showPage);
    else showPage(await read());
  });
}

async function show(approvalId: string, options: TenantOptions): Promise<void> {
  await withClient(options, async (client, tenant) => {
    const approval = await client.getApproval(tenant, approvalId);
    if (approval === null) throw unknownApproval(approvalId, tenant);
    card(approval).forEach((line) => say(line));
    tell(approval);
  });
}
