import { InvalidArgumentError, type Command } from 'commander';

import { simulatorConfig } from '../config.ts';
import { loadScenario, PROFILE_NAMES, startSimulator, toBehaviour } from '@countersign/openai-simulator';
import { endWithParent, tellReady } from './child-process.ts';
import { logEvent, CommandError, runCommand, untilStopped } from './run-command.ts';

interface Options {
  scenario?: string;
  state?: string;
  ttl: string;
  profile?: string;
  webhook?: string;
}

export function addSimulatorCommand(program: Command): void {
  program
    .command('simulator')
    .description('run the simulator, which plays OpenAI: no key and no network needed')
    .option('--scenario <file>', 'what the "model" does; the default is a refund desk')
    .option('--state <file>', 'keep its state in a file, so that it survives a restart')
    .option('--ttl <seconds>', 'how long a run lives', '600')
    .option(
      '--profile <names>',
      `deviate from OpenAI as other servers do, several with commas: ${PROFILE_NAMES.join(', ')}`,
      knownProfiles,
    )
    .option(
      '--webhook <url>',
      'tell this address that a response in the background is over, signed with COUNTERSIGN_OPENAI_WEBHOOK_SECRET',
    )
    .action(
      runCommand(async ({ scenario, state, ttl, profile, webhook }: Options) => {
        const runTtlSeconds = Number(ttl);
        if (!Number.isInteger(runTtlSeconds) || runTtlSeconds < 1) {
          throw new CommandError(`--ttl is "${ttl}": use a whole number of seconds of at least 1.`);
        }
        const { webhookSecret: secret, ...config } = simulatorConfig();
        if (webhook !== undefined && secret === undefined) {
          throw new CommandError(
            '--webhook is given, but COUNTERSIGN_OPENAI_WEBHOOK_SECRET is not set. Set it to the secret of the gateway that takes the events.',
          );
        }
        const simulator = await startSimulator({
          ...config,
          runTtlSeconds,
          ...(scenario === undefined ? {} : { scenario: await loadScenario(scenario) }),
          ...(state === undefined ? {} : { stateFile: state }),
          ...(profile === undefined ? {} : { profile }),
          ...(webhook !== undefined && secret !== undefined && { webhook: { url: webhook, secret } }),
        });
        const stopped = untilStopped();
        endWithParent();
        logEvent('simulator.started', { url: simulator.url, runTtlSeconds, ...(profile && { profile }) });
        tellReady({ url: simulator.url });
        await stopped;
        await simulator.close();
      }),
    );
}

function knownProfiles(names: string): string {
  try {
    toBehaviour(names);
    return names;
  } catch (error) {
    throw new InvalidArgumentError(error instanceof Error ? error.message : String(error));
  }
}
