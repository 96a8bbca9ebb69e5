import type { ShownApproval } from '../../src/contracts/approval/approval.ts';
import type { Records } from '../records.ts';
import { approvalsOf, type Complain } from './violations.ts';

/** Between the look at a grant and the entry that an effect begins. */
const AT_ONCE_MS = 1_000;

/** What nobody was asked about was let through by a grant that people gave, for this call, and that stood when its effect began. */
export function judgeGrants(records: Records, complain: Complain): void {
  const approvals = new Map(approvalsOf(records).map((approval) => [approval.approvalId, approval]));
  for (const approval of approvals.values()) {
    if (approval.byGrant === undefined) continue;
    const given = approvals.get(approval.byGrant.grantId);
    const problem = problemOf(records, approval, given, approval.byGrant.grantId);
    if (problem !== null) complain('effect.ungranted', approval.approvalId, problem);
  }
}

function problemOf(
  { http, store }: Records,
  { approvalId, tool, conversationId, argumentsDigest }: ShownApproval,
  given: ShownApproval | undefined,
  grantId: string,
): string | null {
  const begun = store.entries.find((entry) => entry.kind === 'started' && entry.approvalId === approvalId);
  if (begun === undefined) return null;
  const granted = store.entries.find((entry) => entry.kind === 'granted' && entry.grantId === grantId);
  const isGiven = given?.status === 'approved' && given.granted !== undefined;
  if (!isGiven || granted === undefined || granted.sequence > begun.sequence)
    return `Nobody had given ${grantId}.`;
  if (
    given.tool !== tool ||
    given.conversationId !== conversationId ||
    given.argumentsDigest !== argumentsDigest
  )
    return `${grantId} is for another call.`;
  const beganMs = Date.parse(begun.time);
  if (!(beganMs < Date.parse(granted.until ?? ''))) return `${grantId} had ended.`;
  const back = http.revocations.find((one) => one.grantId === grantId);
  return back !== undefined && beganMs > Date.parse(back.at) + AT_ONCE_MS
    ? `${grantId} was taken back at ${back.at}, and it began at ${begun.time}.`
    : null;
}
