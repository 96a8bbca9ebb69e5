import { Argument, type Command } from 'commander';

import { runCommand } from '../run-command.ts';
import { completionScript, SHELLS, type Shell } from './scripts.ts';
import { placesOf } from './tree.ts';

export function addCompletionCommand(program: Command): void {
  program
    .command('completion')
    .description('print what a shell needs to complete commands, options and their values')
    .addArgument(new Argument('<shell>').choices(SHELLS))
    .addHelpText(
      'after',
      [
        '',
        'bash:  eval "$(countersign completion bash)"                in ~/.bashrc',
        'zsh:   countersign completion zsh > "${fpath[1]}/_countersign"',
        'fish:  countersign completion fish > ~/.config/fish/completions/countersign.fish',
      ].join('\n'),
    )
    .action(
      runCommand((shell: Shell) => {
        process.stdout.write(completionScript(shell, placesOf(program)));
        return Promise.resolve();
      }),
    );
}
