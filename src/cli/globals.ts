import type { Command, Option } from 'commander';

/** Options that every command takes, before or behind its name. */
export interface Globals {
  /** Results as JSON on standard output, errors as problem documents on standard error. */
  json?: boolean;
  /** False: no colours, whatever the terminal can do. */
  color?: boolean;
  /** Which profile of the profile file gives the defaults. */
  profile?: string;
  /** Shows where an unexpected error came from. */
  trace?: boolean;
}

const OPTIONS = [
  ['--json', 'answer in JSON; errors are problem documents on standard error'],
  ['--profile <name>', 'take defaults from this profile (COUNTERSIGN_PROFILE)'],
  ['--no-color', 'no colours (NO_COLOR)'],
  ['--trace', 'show where an unexpected error came from'],
] as const;

/** Gives the options to a command and to all below it; one that has an option of the same name keeps its own. */
export function addGlobalOptions(command: Command): void {
  const own = new Set(command.options.map(({ long }) => long));
  for (const [flags, description] of OPTIONS) {
    if (!own.has(flags.split(' ')[0])) command.option(flags, description);
  }
  command.commands.forEach(addGlobalOptions);
}

/** Whether an option is one of those. */
export function isGlobal({ flags, description }: Option): boolean {
  return OPTIONS.some((option) => option[0] === flags && option[1] === description);
}

/** What was said of them, wherever it stood; what stands nearest to the arguments counts. */
export function globalsOf(command: Command | undefined): Globals {
  const globals: Globals = {};
  for (let at: Command | null = command ?? null; at !== null; at = at.parent) {
    const given = at.opts<Record<string, unknown>>();
    if (given.json === true) globals.json = true;
    if (given.color === false) globals.color = false;
    if (given.trace === true) globals.trace = true;
    // The simulator has profiles of its own.
    const isOurs = at.options.some((option) => option.long === '--profile' && isGlobal(option));
    if (globals.profile === undefined && isOurs && typeof given.profile === 'string')
      globals.profile = given.profile;
  }
  return globals;
}
