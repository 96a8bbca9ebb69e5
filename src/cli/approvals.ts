import { randomUUID } from 'node:crypto';

import type { Command } from 'commander';

import type { Accepted, DecisionBody, Receipt, ToolArguments } from '../contracts/approval.ts';
import { visible, visibleJson } from '../contracts/visible/visible.ts';
import { unfaithful } from '../gateway/bodies/faithful-json.ts';
import { card, dim, green, say } from './output.ts';
import { CommandError, runCommand } from './run-command.ts';
import { localUser, withClient, withTenant, type TenantOptions } from './session.ts';

interface DecideOptions extends TenantOptions {
  as: string;
  group?: string[];
  note?: string;
  arguments?: string;
  response?: string;
}

export function addApprovalsCommand(program: Command): void {
  const approvals = program
    .command('approvals')
    .description('the approvals of a tenant, and decisions about them');

  withTenant(approvals.command('list'))
    .description('approvals that wait for a decision')
    .action(runCommand(list));

  withTenant(approvals.command('show'))
    .description('one approval, with everything that will happen')
    .argument('<approvalId>')
    .action(runCommand(show));

  decideCommand(approvals, 'approve', 'let it happen as shown');
  decideCommand(approvals, 'deny', 'it must not happen; a note tells the model why');
  decideCommand(approvals, 'edit', 'let it happen with other arguments').requiredOption(
    '--arguments <json>',
    'all arguments, as a JSON object',
  );
  decideCommand(approvals, 'respond', 'it does not happen; your text is the tool output').requiredOption(
    '--response <text>',
    'what the model gets to read',
  );
}

function decideCommand(parent: Command, decision: DecisionBody['decision'], description: string): Command {
  return withTenant(parent.command(decision))
    .description(description)
    .argument('<approvalId>')
    .option('--note <text>', 'why, for the record and the model')
    .option('--as <id>', 'who decides', localUser())
    .option('--group <group...>', 'groups of the approver')
    .action(
      runCommand((approvalId: string, options: DecideOptions) => decide(approvalId, decision, options)),
    );
}

async function list({ tenant }: TenantOptions): Promise<void> {
  await withClient(tenant, async (client) => {
    const { approvals, more } = await client.listPending(tenant);
    if (approvals.length === 0) say(`Nothing waits for a decision in tenant "${tenant}".`);
    for (const { approvalId, tool, arguments: args, deadline } of approvals) {
      say(`${approvalId}  ${visible(tool)} ${visibleJson(args)}  ${dim(`until ${deadline ?? 'decided'}`)}`);
    }
    if (more) say(dim('There are more; decide some, or filter in the Temporal UI.'));
  });
}

async function show(approvalId: string, { tenant }: TenantOptions): Promise<void> {
  await withClient(tenant, async (client) => {
    const approval = await client.getApproval(tenant, approvalId);
    if (approval === null) throw unknownApproval(approvalId, tenant);
    card(approval).forEach((line) => say(line));
  });
}

async function decide(
  approvalId: string,
  decision: DecisionBody['decision'],
  { tenant, as, group, note, arguments: text, response }: DecideOptions,
): Promise<void> {
  const args = text === undefined ? undefined : parseArguments(text);
  await withClient(tenant, async (client) => {
    const receipt = await client.decide(tenant, {
      approvalId,
      decisionId: randomUUID(),
      decision,
      approver: { id: as, ...(group && { groups: group }) },
      decidedAt: new Date().toISOString(),
      source: 'cli',
      ...(note === undefined ? {} : { note }),
      ...(args === undefined ? {} : { arguments: args }),
      ...(response === undefined ? {} : { response }),
    });
    if (receipt === null) throw unknownApproval(approvalId, tenant);
    say(toSentence(receipt));
  });
}

/** What became of a decision, for a person; anything but success ends the command with exit code 1. */
function toSentence(receipt: Receipt | Accepted): string {
  const { winner, problems } = receipt as Partial<Receipt>;
  switch (receipt.outcome) {
    case 'applied':
      return green(`Applied: the approval is ${receipt.status ?? 'settled'}.`);
    case 'duplicate':
      return green('Applied before: this decision was known.');
    case 'accepted':
      return 'No worker answers right now. The decision is kept and will be applied when one is back.';
    case 'conflict':
      throw new CommandError(
        `Too late: ${visible(winner?.approver.id ?? 'somebody')} decided "${winner?.decision ?? ''}" before, at ${winner?.decidedAt ?? ''}.`,
      );
    case 'reused':
      throw new CommandError('Not applied: the decision id was used before, for another decision.');
    case 'expired':
      throw new CommandError('Too late: the approval has expired. Nothing was done.');
    case 'cancelled':
      throw new CommandError('Too late: the turn is over. Nothing was done.');
    case 'refused':
      throw new CommandError(
        `Refused. ${(problems ?? []).map(({ field, message }) => `${visible(field)} ${visible(message)}`).join(' ')}`,
      );
    case 'unknown':
      throw new CommandError('There is no such approval.');
    default:
      return receipt satisfies never;
  }
}

function parseArguments(text: string): ToolArguments {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new CommandError(`--arguments is not JSON. Write an object, such as '{"amountCents": 100}'.`);
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new CommandError(`--arguments must be a JSON object, such as '{"amountCents": 100}'.`);
  }
  const [problem] = unfaithful(text);
  if (problem !== undefined) throw new CommandError(`--arguments: ${problem.field} ${problem.message}.`);
  return value as ToolArguments;
}

function unknownApproval(approvalId: string, tenant: string): CommandError {
  return new CommandError(`There is no approval ${approvalId} in tenant "${tenant}".`);
}
