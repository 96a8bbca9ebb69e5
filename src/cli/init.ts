import type { Command } from 'commander';
import { addInitOptions, init, type InitOptions } from 'create-countersign';

import { runCommand } from './run-command.ts';

export function addInitCommand(program: Command): void {
  addInitOptions(program.command('init'))
    .description('write a project of your own: a gate, its test, the settings to run it')
    .action(runCommand((folder: string | undefined, options: InitOptions) => init(folder, options)));
}
