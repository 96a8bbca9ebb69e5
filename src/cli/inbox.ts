import type { Command } from 'commander';

import { ConfigError, gatewayConfig } from '../config.ts';
import { createInboxLink } from '../gateway/app.ts';
import { readDevFile, readDevSessionSecret } from './files/dev-file.ts';
import { say, tell } from './output.ts';
import { runCommand } from './run-command.ts';
import {
  personOf,
  tenantOf,
  withPerson,
  withTenant,
  type PersonOptions,
  type TenantOptions,
} from './session.ts';

export function addInboxCommand(program: Command): void {
  const inbox = program.command('inbox').description('the inbox of a gateway');
  withPerson(withTenant(inbox.command('link')), 'who it is for')
    .description('make a one-time link that signs a person in to the inbox')
    .action(
      runCommand(async (options: TenantOptions & PersonOptions) => {
        const tenant = tenantOf(options);
        const { sessionSecret, baseUrl } = ofGateway() ?? (await ofDev());
        const link = await createInboxLink({ sessionSecret, baseUrl, tenant, approver: personOf(options) });
        say(link);
        tell({ link });
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
