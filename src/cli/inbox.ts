import type { Command } from 'commander';

import { ConfigError, gatewayConfig } from '../config.ts';
import { ID_RULES, isTenant } from '../contracts/ids.ts';
import { createInboxLink } from '../gateway/app.ts';
import { say } from './output.ts';
import { CommandError, runCommand } from './run-command.ts';
import { localUser, withTenant, type TenantOptions } from './session.ts';

interface Options extends TenantOptions {
  as: string;
  group?: string[];
}

export function addInboxCommand(program: Command): void {
  withTenant(program.command('inbox').description('the inbox of a gateway').command('link'))
    .description('make a one-time link that signs a person in to the inbox')
    .option('--as <id>', 'who it is for', localUser())
    .option('--group <group...>', 'groups of the approver')
    .action(
      runCommand(async ({ tenant, as, group }: Options) => {
        const { host, port, sessionSecret, publicUrl } = gatewayConfig();
        if (!isTenant(tenant)) throw new CommandError(`--tenant "${tenant}" must be ${ID_RULES.tenant}.`);
        if (sessionSecret === undefined) {
          throw new ConfigError(
            'COUNTERSIGN_SESSION_SECRET is not set. Set it to the same 32 or more random characters as for the gateway.',
          );
        }
        const approver = { id: as, ...(group && { groups: group }) };
        const baseUrl = publicUrl ?? `http://${host}:${port}`;
        say(await createInboxLink({ sessionSecret, baseUrl, tenant, approver }));
      }),
    );
}
