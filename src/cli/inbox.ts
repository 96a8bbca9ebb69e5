import type { Command } from 'commander';

import { ConfigError, gatewayConfig } from '../config.ts';
import { ID_RULES, isTenant } from '../contracts/ids.ts';
import { createInboxLink } from '../gateway/app.ts';
import { readDevFile, readDevSessionSecret } from './dev-file.ts';
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
        if (!isTenant(tenant)) throw new CommandError(`--tenant "${tenant}" must be ${ID_RULES.tenant}.`);
        const { sessionSecret, baseUrl } = ofGateway() ?? (await ofDev());
        const approver = { id: as, ...(group && { groups: group }) };
        say(await createInboxLink({ sessionSecret, baseUrl, tenant, approver }));
      }),
    );
}

interface Where {
  sessionSecret: string;
  baseUrl: string;
}

/** The gateway this environment configures. */
function ofGateway(): Where | null {
  const { host, port, sessionSecret, publicUrl } = gatewayConfig();
  if (sessionSecret === undefined) return null;
  return { sessionSecret, baseUrl: publicUrl ?? `http://${host}:${port}` };
}

/** The one that `dev` runs in this folder. */
async function ofDev(): Promise<Where> {
  const dev = await readDevFile();
  const sessionSecret = await readDevSessionSecret();
  if (dev !== null && sessionSecret !== null) return { sessionSecret, baseUrl: dev.gateway };
  throw new ConfigError(
    'COUNTERSIGN_SESSION_SECRET is not set, and no "dev" runs in this folder. Set it to the same 32 or more random characters as for the gateway.',
  );
}
