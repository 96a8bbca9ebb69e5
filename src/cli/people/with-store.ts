import type { Command } from 'commander';

import { storeConfig } from '../../config.ts';
import { createDirectory } from '../../gateway/sign-in/directory.ts';
import { openStore, type Store } from '../../store/store.ts';
import { tenantOf, type TenantOptions } from '../session.ts';

export function withTenant(command: Command): Command {
  return command.option('--tenant <tenant>', 'whose people (COUNTERSIGN_TENANT, else "dev")');
}

export async function withStore(
  options: TenantOptions,
  work: (store: Store, tenant: string) => Promise<void>,
): Promise<void> {
  const tenant = tenantOf(options);
  const store = await openStore(storeConfig());
  try {
    await work(store, tenant);
  } finally {
    await store.close();
  }
}

/** The directory's id of somebody, by whichever name it knows them. */
export async function idOf(store: Store, tenant: string, name: string): Promise<string> {
  return (await createDirectory(store).identify(tenant, { id: name })).approver.id;
}
