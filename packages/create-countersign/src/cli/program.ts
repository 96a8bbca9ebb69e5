import { readFileSync } from 'node:fs';

import { Command } from 'commander';

import { addInitOptions, init, InitError, type InitOptions } from './command.ts';

/** `create-countersign`: reads its arguments from `process.argv`. */
export async function runProgram(): Promise<void> {
  const manifest = readFileSync(new URL('../../package.json', import.meta.url), 'utf8');
  const { version } = JSON.parse(manifest) as { version: string };
  const program = addInitOptions(new Command('create-countersign'))
    .description('Writes a project whose AI agent asks a person before it acts.')
    .version(version)
    .showHelpAfterError('(add --help to see what is allowed)')
    .action((folder: string | undefined, options: InitOptions) => init(folder, options));
  try {
    await program.parseAsync();
  } catch (error) {
    process.exitCode = 1;
    // What a person can put right is told in a sentence; a fault of ours with the place it came from.
    const isExpected = error instanceof InitError;
    const said = error instanceof Error ? (isExpected ? error.message : error.stack) : String(error);
    if (said) process.stderr.write(`${isExpected ? '' : 'Something went wrong: '}${said}\n`);
  }
}
