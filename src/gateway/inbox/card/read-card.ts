import type { AnyApproval, AnyShownApproval } from '../../../contracts/approval/approval.ts';
import { personProblem } from '../../../contracts/deciding/right-to-vote.ts';
import { isApprovalId } from '../../../contracts/ids.ts';
import type { GatewayParts } from '../../gateway-env.ts';
import { approvalNotFound } from '../../receipt-problem.ts';
import type { InboxSession } from '../../sign-in/session.ts';
import type { CardPage } from '../card-page.ts';
import { filterOf, readShown } from '../list/view.ts';
import { etagOf } from '../live/region.ts';
import { noticesOf } from '../told.ts';
import { readCameOfIt } from './came-of-it.ts';

/** What a card shows of an approval beside what was said. */
export type CardParts = Pick<CardPage, 'approval' | 'approver' | 'notices' | 'end' | 'next' | 'live'>;

/** Reads what cards are made of. */
export function createCardReader({ client, lists, store, clock, live }: GatewayParts) {
  async function approvalOf({ tenant }: InboxSession, approvalId: string): Promise<AnyShownApproval> {
    const known = isApprovalId(approvalId);
    const approval = known ? await client.getApproval(tenant, approvalId) : null;
    if (approval === null) throw approvalNotFound();
    lists.hasRead(approval);
    return approval;
  }

  /** What waits for this person next, by its deadline. Without a store nothing knows it. */
  async function nextFor({ tenant, approver }: InboxSession, decided: string): Promise<AnyApproval | null> {
    if (!lists.hasIndex) return null;
    for await (const approval of lists.each({ tenant, reader: approver }, filterOf(readShown({}, true)))) {
      const mayDecide = personProblem(approval, approver, clock()) === null;
      if (mayDecide && approval.approvalId !== decided) return approval;
    }
    return null;
  }

  return {
    approvalOf,

    /** @param sent - the decision this browser has just sent: then comes what waits next. */
    async partsOf(
      session: InboxSession,
      approval: AnyShownApproval,
      sent: string | undefined,
    ): Promise<CardParts> {
      const { tenant, approver } = session;
      const [notices, end, next] = await Promise.all([
        noticesOf(store, tenant, approval.approvalId),
        readCameOfIt(store, approval),
        sent === undefined ? null : nextFor(session, approval.approvalId),
      ]);
      const at = `/inbox/approvals/${approval.approvalId}`;
      const problem = personProblem(approval, approver, clock())?.message;
      return {
        ...{ approval, approver, notices, end, next },
        live: {
          ...{ events: `${at}/events`, beatMs: live.beatMs },
          parts: `${at}/parts${sent === undefined ? '' : `?sent=${encodeURIComponent(sent)}`}`,
          etag: etagOf(approval, notices, end, next?.approvalId, approver, sent, problem),
        },
      };
    },
  };
}
