import type { Approver } from '../contracts/approval/decision.ts';
import type { KeptGrant } from '../store/grants.ts';
import type { Store } from '../store/store.ts';
import { wellFormed } from './well-formed.ts';

/** Who takes a grant back, and why. */
export interface GrantRevocation {
  by: Approver;
  reason?: string | undefined;
  /** In ms since the epoch. */
  nowMs: number;
}

/**
 * Takes a grant back: no effect begins by it any more. Its entry and what workers look at are written together.
 *
 * @returns the grant as it stands then; null when there is none.
 * @throws StoreUnavailableError
 */
export async function revokeGrant(
  { record, grants }: Pick<Store, 'record' | 'grants'>,
  tenant: string,
  grantId: string,
  { by, reason, nowMs }: GrantRevocation,
): Promise<KeptGrant | null> {
  const grant = await grants.find(tenant, grantId);
  if (grant === null || grant.revoked) return grant;
  const at = new Date(nowMs).toISOString();
  const { tool, argumentsDigest: digest, conversationId } = grant;
  const entry = wellFormed({
    ...{ time: at, kind: 'grant-revoked' as const, id: `grant-revoked:${grantId}` },
    ...{ approvalId: grantId, grantId, tool, digest, conversationId },
    person: { id: by.id, ...(by.groups && { groups: by.groups }) },
    ...(reason !== undefined && { reason }),
  });
  const revocation = {
    ...{ entryId: entry.id, is: 'grant-revoked' as const },
    ...{ approvalId: grantId, at, by: by.id, reason },
  };
  await record.append(tenant, [entry], [], { changes: [revocation] });
  return grants.find(tenant, grantId);
}
