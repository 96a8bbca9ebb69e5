import { readFileSync } from 'node:fs';

import { Command } from 'commander';

import { addApprovalsCommand } from './approvals.ts';
import { addDemoCommand } from './demo/demo.ts';
import { addDevCommand } from './dev.ts';
import { addGatewayCommand } from './gateway.ts';
import { addInboxCommand } from './inbox.ts';
import { addInitCommand } from './init.ts';
import { addKeysCommand } from './keys.ts';
import { addSimulatorCommand } from './simulator.ts';
import { addTurnCommand } from './turn.ts';
import { addWorkerCommand } from './worker.ts';

/** The command line: reads its arguments from `process.argv`. */
export async function runProgram(): Promise<void> {
  await createProgram().parseAsync();
}

/** Every command, with its help. */
export function createProgram(): Command {
  const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as {
    version: string;
  };

  const program = new Command('countersign')
    .description("Durable human sign-off for AI agents' actions, on Temporal.")
    .version(version)
    .option('--trace', 'show where an unexpected error came from')
    .showHelpAfterError('(add --help to see what is allowed)');

  for (const add of [
    addDemoCommand,
    addInitCommand,
    addDevCommand,
    addTurnCommand,
    addApprovalsCommand,
    addInboxCommand,
    addKeysCommand,
    addWorkerCommand,
    addGatewayCommand,
    addSimulatorCommand,
  ]) {
    add(program);
  }
  return program;
}
