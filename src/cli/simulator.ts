import { addSimulatorOptions, play, type CommandOptions } from '@countersign/openai-simulator/command';
import type { Command } from 'commander';

import { simulatorConfig } from '../config.ts';
import { endWithParent, tellReady } from './child-process.ts';
import { logEvent, runCommand } from './run-command.ts';

export function addSimulatorCommand(program: Command): void {
  addSimulatorOptions(program.command('simulator'))
    .description('run the simulator, which plays OpenAI: no key and no network needed')
    .action(
      runCommand(async (options: CommandOptions) => {
        const { host, port, webhookSecret: secret } = simulatorConfig();
        const surroundings = { host, port, secret, secretVariable: 'COUNTERSIGN_OPENAI_WEBHOOK_SECRET' };
        await play(options, surroundings, ({ url }) => {
          endWithParent();
          const { ttl: runTtlSeconds, profile } = options;
          logEvent('simulator.started', { url, runTtlSeconds, ...(profile && { profile }) });
          tellReady({ url });
        });
      }),
    );
}
