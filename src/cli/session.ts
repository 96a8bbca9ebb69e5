import { userInfo } from 'node:os';

import type { Command } from 'commander';

import { createClient, type CountersignClient } from '../client.ts';
import { commandLineConfig, environment, temporalConfig } from '../config.ts';
import type { Approver } from '../contracts/approval/decision.ts';
import { ID_RULES, isTenant } from '../contracts/ids.ts';
import { loadKeys } from './files/signing-keys.ts';
import { readDevFile } from './files/dev-file.ts';
import { CommandError } from './run-command.ts';

/** Options every command has that works on one tenant's turns and approvals. */
export interface TenantOptions {
  tenant?: string;
}

/** Of a command that speaks for a person. */
export interface PersonOptions {
  as?: string;
  group?: string[];
}

export const DEV_TENANT = 'dev';

export function withTenant(command: Command): Command {
  return command.option(
    '--tenant <tenant>',
    `whose turns and approvals (COUNTERSIGN_TENANT, else "${DEV_TENANT}")`,
  );
}

/** @throws CommandError for a tenant that none can be. */
export function tenantOf({ tenant }: TenantOptions): string {
  const wanted = tenant ?? commandLineConfig().tenant;
  if (!isTenant(wanted)) throw new CommandError(`--tenant "${wanted}" must be ${ID_RULES.tenant}.`);
  return wanted;
}

export function withPerson(command: Command, who: string): Command {
  return command
    .option('--as <id>', `${who} (COUNTERSIGN_AS, else your user name)`)
    .option('--group <group...>', 'groups of that person (COUNTERSIGN_GROUPS)');
}

export function personOf({ as, group }: PersonOptions): Approver {
  const configured = commandLineConfig();
  const groups = group ?? configured.groups;
  return { id: as ?? configured.as ?? localUser(), ...(groups && { groups }) };
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
  options: TenantOptions,
  work: (client: CountersignClient, tenant: string) => Promise<T>,
): Promise<T> {
  const tenant = tenantOf(options);
  const dev = environment.TEMPORAL_ADDRESS ? null : await readDevFile();
  const settings = dev === null ? environment : { ...environment, TEMPORAL_ADDRESS: dev.temporal };
  const { signingKey } = await loadKeys();
  const client = await createClient({ ...temporalConfig(settings), ...(signingKey && { signingKey }) });
  try {
    return await work(client, tenant);
  } finally {
    await client.close();
  }
}
