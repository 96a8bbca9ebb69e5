#!/usr/bin/env node
import { readFileSync } from 'node:fs';

import { Command } from 'commander';

import { SimulatorError } from '../simulator-error.ts';
import { addSimulatorOptions, play, type CommandOptions } from './command.ts';

const manifest = readFileSync(new URL('../../package.json', import.meta.url), 'utf8');
const { version, description } = JSON.parse(manifest) as { version: string; description: string };

const program = addSimulatorOptions(new Command('openai-simulator').description(description).version(version))
  .showHelpAfterError('(add --help to see what is allowed)')
  .addHelpText('after', '\nOPENAI_WEBHOOK_SECRET ("whsec_…") signs what --webhook sends.')
  .action(async (options: CommandOptions) => {
    const surroundings = {
      host: '127.0.0.1',
      port: 8090,
      secretVariable: 'OPENAI_WEBHOOK_SECRET',
      secret: process.env.OPENAI_WEBHOOK_SECRET,
    };
    await play(options, surroundings, ({ url }) => {
      process.stdout.write(`Plays OpenAI at ${url}. Ctrl+C ends it.\n`);
    });
  });

try {
  await program.parseAsync();
} catch (error) {
  process.exitCode = 1;
  // What a person can put right is told in a sentence; a fault of ours with the place it came from.
  const isExpected = error instanceof SimulatorError;
  const said = error instanceof Error ? (isExpected ? error.message : error.stack) : String(error);
  process.stderr.write(`${isExpected ? '' : 'Something went wrong: '}${said}\n`);
}
