import { contentDigest } from '@countersign/receipts';

import type { AnyApproval } from '../contracts/approval/approval.ts';
import type { IndexedApproval } from '../store/approvals/rows.ts';
import type { Store } from '../store/store.ts';
import { toRow } from './index-rows.ts';
import { wellFormed } from './well-formed.ts';

/** Rows that are written at once. */
const PAGE = 200;

/**
 * Writes the index of a tenant again from what Temporal keeps. Rows that are there and that Temporal does not know any more stay. What was
 * erased from the record stays forgotten, though Temporal still has it.
 *
 * @returns how many approvals were written.
 */
export async function rebuild(
  { index, record }: Pick<Store, 'index' | 'record'>,
  approvals: AsyncIterable<AnyApproval>,
): Promise<number> {
  let count = 0;
  let page: { row: IndexedApproval; digest: string }[] = [];
  const write = async (): Promise<void> => {
    await index.put(page.map(({ row }) => row));
    for (const { row, digest } of page)
      if (await record.isErased(row.tenant, digest)) await index.forgetText(row.tenant, row.approvalId);
    count += page.length;
    page = [];
  };
  for await (const approval of approvals) {
    page.push({ row: toRow(approval), digest: contentDigest(wellFormed(approval.arguments)) });
    if (page.length === PAGE) await write();
  }
  if (page.length > 0) await write();
  return count;
}
