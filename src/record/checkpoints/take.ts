import { signCheckpoint, type Checkpoint, type SigningKey } from '@countersign/receipts';

import type { RecordStore } from '../../store/record.ts';

/**
 * Says how large a tenant's record is now. Signed, it is kept: what was said once must hold for ever, so an older backup in its place
 * shows at the next start.
 *
 * @throws RecordMismatchError when the record has not grown from what was said before; StoreUnavailableError.
 */
export async function takeCheckpoint(
  record: RecordStore,
  tenant: string,
  { key, clock }: { key: SigningKey | undefined; clock: () => number },
): Promise<{ size: number; root: string; checkpoint: string | Checkpoint }> {
  const { size, root } = await record.tree(tenant);
  const time = new Date(clock()).toISOString();
  const payload: Checkpoint = { version: 1, tenant, size, root, time };
  if (key === undefined) return { size, root, checkpoint: payload };
  const checkpoint = await signCheckpoint(payload, key);
  await record.saveCheckpoint(tenant, { size, root, time, checkpoint });
  return { size, root, checkpoint };
}
