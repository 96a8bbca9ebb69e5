import type { Command, Help } from 'commander';

import { EXIT_CODES } from '../../src/cli/errors/exit-codes.ts';
import { isGlobal } from '../../src/cli/globals.ts';
import { createProgram } from '../../src/cli/program.ts';
import { block, code, page, prose, sentence, table, wrap } from './markdown.ts';

/** Every command with what its own help says. */
export function cliPage(): string {
  const program = createProgram();
  return page(
    'Command line',
    'src/cli',
    wrap(
      `${sentence(program.description())} In a clone, ${code('npm run -s countersign --')} stands for ${code('countersign')}. ` +
        `Each command explains itself with ${code('--help')}.`,
    ),
    table(
      ['command', 'does'],
      leaves(program).map((command) => [
        `[${code(nameOf(command))}](#${anchorOf(command)})`,
        prose(command.description()),
      ]),
    ),
    '## For every command',
    optionTable(program.createHelp(), program),
    '## Exit codes',
    table(
      ['exit code', 'means'],
      Object.values(EXIT_CODES).map(({ code: exitCode, means }) => [String(exitCode), means]),
    ),
    'What scripts rely on, JSON above all, is on [a page of its own](scripting.md).',
    ...leaves(program).flatMap(section),
  );
}

function section(command: Command): string[] {
  const help = command.createHelp();
  const parts = [
    `## ${nameOf(command)}`,
    wrap(prose(sentence(command.description()))),
    block('sh', help.commandUsage(command)),
    table(
      ['argument', 'is'],
      help
        .visibleArguments(command)
        .map((argument) => [code(help.argumentTerm(argument)), prose(help.argumentDescription(argument))]),
    ),
    optionTable(help, command),
  ];
  return parts.filter((part) => part !== '');
}

function optionTable(help: Help, command: Command): string {
  const options = help
    .visibleOptions(command)
    .filter((option) => option.long !== '--help' && (command.parent === null || !isGlobal(option)));
  return table(
    ['option', 'does'],
    options.map((option) => [code(help.optionTerm(option)), prose(help.optionDescription(option))]),
  );
}

/** The commands that do something, in the order of the help. */
function leaves(command: Command): Command[] {
  const below = command
    .createHelp()
    .visibleCommands(command)
    .filter((child) => child.name() !== 'help');
  return below.flatMap((child) => (child.commands.length > 0 ? leaves(child) : [child]));
}

function nameOf(command: Command): string {
  return command.parent === null ? command.name() : `${nameOf(command.parent)} ${command.name()}`;
}

function anchorOf(command: Command): string {
  return nameOf(command).replaceAll(' ', '-');
}
