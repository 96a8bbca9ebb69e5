import { InvalidArgumentError, type Command } from 'commander';

import type { ToolArguments } from '../../contracts/tool-call.ts';
import type { DecisionBody } from '../../contracts/approval/decision.ts';
import { toMs, type Duration } from '../../define/duration.ts';
import { unfaithful } from '../../gateway/bodies/faithful-json.ts';
import { say, tell } from '../output.ts';
import { CommandError, runCommand } from '../run-command.ts';
import {
  personOf,
  withClient,
  withPerson,
  withTenant,
  type PersonOptions,
  type TenantOptions,
} from '../session.ts';
import { toSeconds } from '../settings/numbers.ts';
import { followOutcome, showOutcome } from './outcome.ts';
import { toSentence } from './receipt.ts';

/** A tool that takes longer is looked at with `approvals show`. */
const WAIT_SECONDS = 15;

interface DecideOptions extends TenantOptions, PersonOptions {
  note?: string;
  arguments?: string;
  response?: string;
  digest?: string;
  breakGlass?: true;
  grant?: true | number;
  /** False: --no-wait. */
  wait: number | false;
}

export function addDecideCommands(approvals: Command): void {
  withGrant(withBreakGlass(decideCommand(approvals, 'approve', 'let it happen as shown')));
  withBreakGlass(decideCommand(approvals, 'deny', 'it must not happen; a note tells the model why'));
  withGrant(decideCommand(approvals, 'edit', 'let it happen with other arguments')).requiredOption(
    '--arguments <json>',
    'all arguments, as a JSON object',
  );
  decideCommand(approvals, 'respond', 'it does not happen; your text is the tool output').requiredOption(
    '--response <text>',
    'what the model gets to read',
  );
}

function decideCommand(parent: Command, decision: DecisionBody['decision'], description: string): Command {
  return withPerson(withTenant(parent.command(decision)), 'who decides')
    .description(description)
    .argument('<approvalId>')
    .option('--note <text>', 'why, for the record and the model')
    .option(
      '--digest <digest>',
      'argumentsDigest of what you saw; needed once somebody has changed the arguments',
    )
    .option('--wait <seconds>', 'how long to wait for what comes of it', toSeconds, WAIT_SECONDS)
    .option('--no-wait', 'do not wait for what comes of it')
    .addHelpText(
      'after',
      '\nWith --json: {"receipt", "approval", "turn", "continuation"}; the last three are null without a wait, the last two\nwhere there is none.',
    )
    .action(
      runCommand((approvalId: string, options: DecideOptions) => decide(approvalId, decision, options)),
    );
}

function withBreakGlass(command: Command): Command {
  return command.option('--break-glass', 'settle it alone, by right of emergency; --note says why');
}

function withGrant(command: Command): Command {
  return command.option(
    '--grant [duration]',
    'the same or narrower calls, too: for as long as the policy lets it, or for a duration such as 30m',
    toGrant,
  );
}

/** With its unit: whoever types 10 does not mean milliseconds. */
function toGrant(text: string): number {
  try {
    if (/[smhd]$/.test(text)) return toMs(text as Duration, 'duration');
  } catch {
    // Said below.
  }
  throw new InvalidArgumentError('Use a duration such as 90s, 30m or 1h.');
}

async function decide(
  approvalId: string,
  decision: DecisionBody['decision'],
  options: DecideOptions,
): Promise<void> {
  const { note, arguments: text, response, wait } = options;
  const args = text === undefined ? undefined : parseArguments(text);
  await withClient(options, async (client, tenant) => {
    const before = await client.getApproval(tenant, approvalId);
    if (before === null) throw unknownApproval(approvalId, tenant);
    const { parkedAt, turnId } = before;
    const parked = parkedAt === undefined || !turnId ? null : await client.getTurn(tenant, turnId);
    const toldBefore = parked?.continuations ?? [];
    const receipt = await client.decide(tenant, {
      approvalId,
      decision,
      approver: personOf(options),
      ...{ source: 'cli', authenticated: { by: 'cli' } },
      ...(note === undefined ? {} : { note }),
      ...(args === undefined ? {} : { arguments: args }),
      ...(response === undefined ? {} : { response }),
      ...(options.digest === undefined ? {} : { argumentsDigest: options.digest }),
      ...(options.breakGlass && { breakGlass: true }),
      ...(options.grant !== undefined && {
        grant: options.grant === true ? true : { forMs: options.grant },
      }),
    });
    if (receipt === null) throw unknownApproval(approvalId, tenant);
    say(toSentence(receipt));
    const isWaitedFor = wait !== false && wait > 0 && receipt.outcome !== 'accepted';
    // Of a vote nothing comes before others have voted.
    const limitMs = wait === false || receipt.outcome === 'voted' ? 0 : wait * 1_000;
    const outcome = isWaitedFor
      ? await followOutcome({ client, tenant, approval: before, toldBefore, limitMs })
      : null;
    if (outcome !== null) showOutcome(outcome);
    tell({ receipt, ...(outcome ?? { approval: null, turn: null, continuation: null }) });
  });
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

export function unknownApproval(approvalId: string, tenant: string): CommandError {
  return new CommandError(`There is no approval ${approvalId} in tenant "${tenant}".`, {
    exit: 'not-found',
    problem: 'approval-not-found',
  });
}
