import { shownToKept } from '../../record/from-temporal.ts';
import { rebuild } from '../../record/rebuild.ts';
import type { Store } from '../../store/store.ts';
import { say, tell } from '../output.ts';
import { tenantOf, withClient, type TenantOptions } from '../session.ts';

/** Writes the index of a tenant's approvals again. */
export async function rebuildIndex(store: Store, options: TenantOptions): Promise<void> {
  const tenant = tenantOf(options);
  const approvals = await withClient(options, (client) =>
    rebuild(store, shownToKept(client.eachApproval(tenant))),
  );
  tell({ tenant, approvals });
  say(`${approvals} approvals of ${tenant} are in the index.`);
}
