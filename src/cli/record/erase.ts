import type { Store } from '../../store/store.ts';
import { say, tell } from '../output.ts';
import { CommandError } from '../run-command.ts';

const ENDS = new Set<string>(['settled', 'expired', 'cancelled']);

/** Erases what people and the model wrote about an approval. Its entries stay, with the digests, and every proof holds. */
export async function eraseContents(
  { record, index }: Pick<Store, 'record' | 'index'>,
  tenant: string,
  approvalId: string,
): Promise<void> {
  const entries = await record.ofApproval(tenant, approvalId);
  if (entries.length === 0)
    throw new CommandError(
      `The record of "${tenant}" has no approval "${approvalId}". "countersign record export" lists them.`,
    );
  if (!entries.some(({ kind }) => ENDS.has(kind)))
    throw new CommandError(
      `Approval "${approvalId}" waits for a decision. Decide it or cancel its turn, then erase.`,
    );
  let erased = 0;
  for (const digest of new Set(entries.flatMap(({ contents = {} }) => Object.values(contents))))
    if (await record.erase(tenant, digest)) erased += 1;
  await index.forgetText(tenant, approvalId);
  tell({ tenant, approvalId, erased });
  say(
    `${erased} contents of ${approvalId} are erased. Temporal keeps its own copy until its retention ends.`,
  );
}
