import type { AnyApproval, AnyShownApproval } from '../contracts/approval/approval.ts';

/** Approvals as readers see them, in the form that a turn keeps them in. */
export async function* shownToKept(shown: AsyncIterable<AnyShownApproval>): AsyncGenerator<AnyApproval> {
  for await (const approval of shown) yield toKept(approval);
}

export function toKept({ proposals, ...approval }: AnyShownApproval): AnyApproval {
  const replaced = proposals.slice(0, -1);
  const current = proposals.at(-1);
  if (replaced.length === 0 || current === undefined) return approval;
  return { ...approval, replaced, proposed: { by: current.by, at: current.at } };
}
