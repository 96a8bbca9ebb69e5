import type { AnyApproval } from '../contracts/approval/approval.ts';
import type { IndexedApproval } from '../store/approvals/rows.ts';
import type { Store } from '../store/store.ts';
import { toRow } from './index-rows.ts';

/** Rows that are written at once. */
const PAGE = 200;

/**
 * Writes the index of a tenant again from what Temporal keeps. Rows that are there and that Temporal does not know any more stay.
 *
 * @returns how many approvals were written.
 */
export async function rebuild(
  { index }: Pick<Store, 'index'>,
  approvals: AsyncIterable<AnyApproval>,
): Promise<number> {
  let count = 0;
  let page: IndexedApproval[] = [];
  const write = async (): Promise<void> => {
    await index.put(page);
    count += page.length;
    page = [];
  };
  for await (const approval of approvals) {
    page.push(toRow(approval));
    if (page.length === PAGE) await write();
  }
  if (page.length > 0) await write();
  return count;
}
