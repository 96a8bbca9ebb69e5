import type { AnyApproval, AnyShownApproval } from '../contracts/approval/approval.ts';

/** Approvals as readers see them, in the form that a turn keeps them in. */
export async function* shownToKept(shown: AsyncIterable<AnyShownApproval>): AsyncGenerator<AnyApproval> {
  for await (const { proposals, ...approval } of shown) {
    const replaced = proposals.slice(0, -1);
    yield { ...approval, ...(replaced.length > 0 && { replaced }) };
  }
}
