import { relative, resolve } from 'node:path';

import { Argument, Option, type Command } from 'commander';

import { ask } from '../ask.ts';
import {
  checkPair,
  DEFAULTS,
  PACKAGE_MANAGERS,
  PROTOCOLS,
  PROVIDERS,
  runningPackageManager,
  type Choices,
  type Said,
} from '../choices.ts';
import { commandsOf, renderProject } from '../render.ts';
import { checkFolder, writeProject } from '../write.ts';

export { InitError } from '../init-error.ts';

/** What the command's options say. */
export interface InitOptions extends Omit<Said, 'folder'> {
  yes?: boolean;
}

/** Arguments and options of the command that writes a project. */
export function addInitOptions(command: Command): Command {
  return command
    .addArgument(new Argument('[folder]', 'where it is written: a folder that is new or empty'))
    .addOption(
      new Option('--provider <name>', 'what `dev` talks to; tests always use the simulator').choices(
        PROVIDERS,
      ),
    )
    .addOption(new Option('--protocol <name>', 'the protocol that is spoken').choices(PROTOCOLS))
    .addOption(
      new Option(
        '--package-manager <name>',
        'whose commands are shown; default: the one that runs this',
      ).choices(PACKAGE_MANAGERS),
    )
    .option('-y, --yes', 'ask nothing: what is not said is the default (simulator, responses)');
}

/**
 * Writes a project, and says what to do next. Asks what was not said, if somebody sits at a terminal.
 *
 * @throws InitError for what a person can put right; its message is empty when they have left.
 */
export async function init(folder: string | undefined, options: InitOptions): Promise<void> {
  const { yes = false, packageManager = runningPackageManager(process.env), ...rest } = options;
  const said: Said = { ...rest, ...(folder !== undefined && { folder }) };
  if (folder !== undefined) await checkFolder(resolve(folder));
  const isAsked = !yes && process.stdin.isTTY && process.stdout.isTTY;
  const answers = isAsked ? await ask(said) : {};
  const choices: Choices = { ...DEFAULTS, ...said, ...answers, packageManager };
  checkPair(choices.provider, choices.protocol);
  const target = resolve(choices.folder);
  await checkFolder(target);
  const files = renderProject(choices);
  await writeProject(target, files);
  process.stdout.write(nextSteps(choices, target, [...files.keys()]));
}

function nextSteps(choices: Choices, target: string, files: string[]): string {
  const { install, test, dev } = commandsOf(choices);
  const way = relative('', target);
  return [
    `Wrote ${files.length} files to ${way === '' ? 'this folder' : way}: ${files.join(', ')}`,
    '',
    'Next:',
    ...(way === '' ? [] : [`  cd ${quoted(way)}`]),
    `  ${install}`,
    `  ${test.padEnd(14)}  a refund is asked for, approved, and paid once`,
    `  ${dev.padEnd(14)}  Temporal, worker, gateway and inbox on this machine`,
    '',
  ].join('\n');
}

/** As a shell takes it for one word, and as nothing else. */
function quoted(path: string): string {
  return /^[\p{L}\p{N}_./-]+$/u.test(path) ? path : `'${path.replaceAll("'", "'\\''")}'`;
}
