import type { Command, Option } from 'commander';

/** One place on the command line, and what may come next there. */
export interface Place {
  /** The words behind the program's name, such as `turn list`; empty for the program itself. */
  path: string;
  commands: { name: string; description: string }[];
  options: { long: string; description: string; values: string[]; takesFile: boolean }[];
}

/** Every place of a program. A group's default command gives the group its options. */
export function placesOf(program: Command): Place[] {
  return walk(program, '');
}

function walk(command: Command, path: string): Place[] {
  const help = command.createHelp();
  const below = help.visibleCommands(command);
  const fallback = below.find((child) => child.name() === 'start');
  const options = [...help.visibleOptions(command), ...(fallback === undefined ? [] : fallback.options)];
  const known = new Map(options.map((option) => [option.long ?? option.short ?? '', option]));
  const place: Place = {
    path,
    commands: below.map((child) => ({ name: child.name(), description: child.description() })),
    options: [...known].map(([long, option]) => toOption(long, option)),
  };
  return [
    place,
    ...below
      .filter((child) => child.name() !== 'help')
      .flatMap((child) => walk(child, `${path} ${child.name()}`.trim())),
  ];
}

function toOption(long: string, { description, argChoices, flags }: Option): Place['options'][number] {
  return { long, description, values: argChoices ?? [], takesFile: /<file(\.\.\.)?>/.test(flags) };
}
