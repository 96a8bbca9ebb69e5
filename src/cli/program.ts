import { readFileSync } from 'node:fs';

import { Command, CommanderError } from 'commander';

import { addApprovalsCommand } from './approvals/approvals.ts';
import { addCompletionCommand } from './completion/completion.ts';
import { addDemoCommand } from './demo/demo.ts';
import { addDevCommand } from './dev.ts';
import { EXIT_CODES, exitCodeLines } from './errors/exit-codes.ts';
import { addEventsCommand } from './events/events.ts';
import { addGatewayCommand } from './gateway.ts';
import { addGlobalOptions } from './globals.ts';
import { addGrantsCommand } from './grants/grants.ts';
import { addInboxCommand } from './inbox.ts';
import { addInitCommand } from './init.ts';
import { addKeysCommand } from './keys/keys.ts';
import { isJson, speakAs } from './output.ts';
import { tellError } from './run-command.ts';
import { addPeopleCommand } from './people/people.ts';
import { addRecordCommand } from './record/record.ts';
import { addSimulatorCommand } from './simulator.ts';
import { addStuckCommand } from './turn/stuck.ts';
import { addTurnCommand } from './turn/turn.ts';
import { addVerifyCommand } from './verify.ts';
import { addWorkerCommand } from './worker.ts';

const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as {
  version: string;
};

/** The command line as a value: nothing runs until it is told to parse. */
export function createProgram(): Command {
  const program = new Command('countersign')
    .description("Durable human sign-off for AI agents' actions, on Temporal.")
    .version(version)
    .enablePositionalOptions()
    .exitOverride()
    .showHelpAfterError('(add --help to see what is allowed)')
    .configureOutput({ writeErr: toPeople });
  for (const add of [
    addDemoCommand,
    addInitCommand,
    addDevCommand,
    addTurnCommand,
    addStuckCommand,
    addApprovalsCommand,
    addGrantsCommand,
    addInboxCommand,
    addKeysCommand,
    addPeopleCommand,
    addRecordCommand,
    addEventsCommand,
    addVerifyCommand,
    addWorkerCommand,
    addGatewayCommand,
    addSimulatorCommand,
    addCompletionCommand,
  ]) {
    add(program);
  }
  addGlobalOptions(program);
  return program.addHelpText('after', ['', 'Exit codes:', ...exitCodeLines()].join('\n'));
}

/** A program is told of the same in a problem document. */
function toPeople(text: string): void {
  if (!isJson()) process.stderr.write(text);
}

/** Runs one command line to its end; the exit code of this process says how it went. */
export async function runProgram(argv: readonly string[] = process.argv): Promise<void> {
  const json = argv.includes('--json');
  // What cannot be parsed is told before any command could say how it speaks.
  speakAs({ json });
  try {
    await createProgram().parseAsync([...argv]);
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    if (error.exitCode === 0) return;
    process.exitCode = EXIT_CODES.usage.code;
    if (json) tellError(error, {});
  }
}
