import { contentDigest, DIGEST } from '@countersign/receipts';

import type { Attempt } from '../contracts/recording/refusals.ts';
import type { NewEntry } from '../store/entry.ts';
import { known } from './known.ts';

/**
 * What the record tells of an attempt that did not count. Gateway and worker may both see it: the id follows from the attempt, so it is
 * one entry.
 */
export function toldByRefusal(
  { approvalId, decisionId, decision, approver, authenticated, argumentsDigest }: Attempt,
  reason: string,
): Pick<NewEntry, 'kind' | 'id'> & Partial<NewEntry> {
  const who = contentDigest([decisionId, approver.id]).slice('sha256:'.length, 'sha256:'.length + 16);
  return {
    ...{ kind: 'refused', id: `refused:${approvalId}:${who}:${reason}` },
    ...{ decisionId, decision, reason },
    person: { id: approver.id, ...(approver.groups && { groups: approver.groups }) },
    ...known(authenticated),
    ...(argumentsDigest !== undefined && DIGEST.test(argumentsDigest) && { digest: argumentsDigest }),
  };
}
