import { userInfo } from 'node:os';

import type { Command } from 'commander';

import { createClient, type CountersignClient } from '../client.ts';
import { environment, temporalConfig } from '../config.ts';
import { ID_RULES, isTenant } from '../contracts/ids.ts';
import { readDevFile } from './dev-file.ts';
import { CommandError } from './run-command.ts';

/** Options every command has that works on one tenant's turns and approvals. */
export interface TenantOptions {
  tenant: string;
}

export const DEV_TENANT = 'dev';

export function withTenant(command: Command): Command {
  return command.option('--tenant <tenant>', 'whose turns and approvals', DEV_TENANT);
}

/** The name under which this person decides from a terminal. */
export function localUser(): string {
  return userInfo().username;
}

/**
 * Runs something with a client. Temporal is where the TEMPORAL_… variables say; without TEMPORAL_ADDRESS, where `npm run dev`
 * has it.
 */
export async function withClient<T>(
  tenant: string,
  work: (client: CountersignClient) => Promise<T>,
): Promise<T> {
  if (!isTenant(tenant)) throw new CommandError(`--tenant "${tenant}" must be ${ID_RULES.tenant}.`);
  const dev = environment.TEMPORAL_ADDRESS ? null : await readDevFile();
  const settings = dev === null ? environment : { ...environment, TEMPORAL_ADDRESS: dev.temporal };
  const client = await createClient(temporalConfig(settings));
  try {
    return await work(client);
  } finally {
    await client.close();
  }
}
