import { EventEmitter } from 'node:events';
import { access } from 'node:fs/promises';

import { Option, type Command } from 'commander';

import { howToCall } from '../contracts/how-called.ts';
import { providerConfig, workerConfig } from '../config.ts';
import { PROTOCOLS, type Protocol } from '../contracts/run.ts';
import { demoApplicationFile } from './demo/app.ts';
import { claimDevFolder, DEV_FOLDER, removeDevFile, writeDevFile } from './dev-file.ts';
import { CommandError } from './errors/command-error.ts';
import { bold, dim, say, yellow } from './output.ts';
import { runCommand, untilStopped } from './run-command.ts';
import { startStack } from './stack.ts';
import type { SupervisorEvent } from './supervisor.ts';

export function addDevCommand(program: Command): void {
  program
    .command('dev')
    .description(
      'run everything on this machine: Temporal, simulator (unless OPENAI_API_KEY is set), worker, gateway',
    )
    .option('--config <file>', 'the application (COUNTERSIGN_CONFIG, else countersign.config.ts)')
    .option('--scenario <file>', 'what the simulated model does (else its refund desk)')
    .option('--ttl <seconds>', 'how long a run of the simulator lives', '600')
    .addOption(providerOption())
    .action(runCommand(dev));
}

/** Which protocol is spoken; without it COUNTERSIGN_PROVIDER says so, or its default. */
export function providerOption(): Option {
  return new Option('--provider <protocol>', 'the protocol the provider speaks').choices(PROTOCOLS);
}

interface Options {
  ttl: string;
  config?: string;
  scenario?: string;
  provider?: Protocol;
}

async function dev(options: Options): Promise<void> {
  const lock = await claimDevFolder();
  try {
    await runStack(options);
  } finally {
    lock.release();
  }
}

async function runStack({ ttl, provider, config, scenario }: Options): Promise<void> {
  const stopped = untilStopped();
  if (scenario !== undefined && providerConfig().apiKey !== undefined) {
    throw new CommandError(
      '--scenario is for the simulator, but OPENAI_API_KEY is set, so OpenAI is asked: leave one of them out.',
    );
  }
  const applicationFile = config ?? (await chooseApplication());
  const restarted = new EventEmitter();
  const stack = await startStack({
    folder: DEV_FOLDER,
    keepsState: true,
    freePorts: false,
    applicationFile,
    runTtlSeconds: Number(ttl),
    ...(provider && { protocol: provider }),
    ...(scenario !== undefined && { scenarioFile: scenario }),
    onProgress: (message) => say(dim(message)),
    onEvent: (event) => {
      showEvent(event);
      if (event.type === 'process.restarted') restarted.emit('restarted');
    },
    onOutput: (name, line) => say(dim(`${name.padEnd(9)} ${line}`)),
  });
  const rewrite = async (): Promise<void> => writeDevFile(await stack.describe());
  restarted.on('restarted', () => void rewrite());
  try {
    await rewrite();
    const { gateway, simulator, temporal, temporalUi, inboxLink } = await stack.describe();
    say();
    say(bold('Countersign is up.') + ' Ctrl+C ends it; what is in flight goes on with the next start.');
    say(`  gateway      ${gateway}   (API key: see ${DEV_FOLDER}/dev.json)`);
    say(`  provider     ${simulator ?? 'OPENAI_BASE_URL, with your OPENAI_API_KEY'}`);
    say(`  Temporal     ${temporal}${temporalUi === null ? '' : `, UI ${temporalUi}`}`);
    say(`  inbox        ${inboxLink}`);
    say(`  try          ${howToCall('turn "Please refund order A-1042, it arrived broken"')}`);
    say();
    await stopped;
    say('Ending.');
  } finally {
    await removeDevFile();
    await stack.stop();
  }
}

async function chooseApplication(): Promise<string> {
  const { applicationFile } = workerConfig();
  const exists = await access(applicationFile).then(
    () => true,
    () => false,
  );
  if (exists) return applicationFile;
  say(yellow(`There is no ${applicationFile} here, so the example refund desk is used.`));
  return demoApplicationFile;
}

function showEvent(event: SupervisorEvent): void {
  switch (event.type) {
    case 'process.started':
      return;
    case 'process.exited':
      if (event.restartInMs !== null)
        say(yellow(`${event.name} (process ${event.pid}) died; starting it again.`));
      return;
    case 'process.restarted':
      say(yellow(`${event.name} is back (process ${event.pid}).`));
      return;
    case 'process.restart_failed':
      say(yellow(`${event.name} did not come back: ${event.reason}`));
      return;
    default:
      event satisfies never;
  }
}
