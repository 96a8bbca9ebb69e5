import type { AnyShownApproval, CountersignClient } from '../client.ts';
import { toCard, type ApprovalCard } from '../contracts/approval/listed.ts';
import type { Store } from '../store/store.ts';

/** Approvals that wait, up to a limit; `more` when it left some out. */
export interface CardPage {
  approvals: ApprovalCard[];
  more: boolean;
}

/** What waits for a person. With a store its index knows; without one Temporal is asked. */
export interface PendingList {
  /**
   * The first ones: with a store those with the nearest deadline, else those of the newest turn.
   *
   * @throws StoreUnavailableError
   */
  cards(tenant: string, filter: { tool?: string | undefined; limit: number }): Promise<CardPage>;
  /**
   * The same one by one, whole.
   *
   * @throws StoreUnavailableError
   */
  each(tenant: string, filter: { tool?: string | undefined }): AsyncGenerator<AnyShownApproval>;
  /** An operator ended a turn or request, which then told nobody: its approval leaves the lists when somebody reads it. */
  hasRead(approval: AnyShownApproval): void;
}

/** Turns that are in memory at a time: each may have a megabyte. */
const TURNS_AT_ONCE = 10;

export function createPendingList(parts: {
  client: Pick<CountersignClient, 'eachPending' | 'getApproval'>;
  store: Pick<Store, 'index'> | null;
  log: (event: string, fields: Record<string, unknown>) => void;
}): PendingList {
  return parts.store === null ? fromTemporal(parts) : fromIndex({ ...parts, index: parts.store.index });
}

function fromTemporal({ client }: { client: Pick<CountersignClient, 'eachPending'> }): PendingList {
  return {
    async cards(tenant, { tool, limit }) {
      const approvals: ApprovalCard[] = [];
      for await (const approval of client.eachPending(tenant, { tool })) {
        if (approvals.length === limit) return { approvals, more: true };
        approvals.push(toCard(approval));
      }
      return { approvals, more: false };
    },
    each: (tenant, { tool }) => client.eachPending(tenant, { tool }),
    hasRead: () => undefined,
  };
}

function fromIndex({
  client,
  index,
  log,
}: {
  client: Pick<CountersignClient, 'getApproval'>;
  index: Store['index'];
  log: (event: string, fields: Record<string, unknown>) => void;
}): PendingList {
  const page = (tenant: string, tool: string | undefined, limit: number, cursor?: string | null) =>
    index.list({
      ...{ tenant, status: 'pending', limit },
      ...(tool !== undefined && { tool }),
      ...(cursor && { cursor }),
    });

  const list: PendingList = {
    async cards(tenant, { tool, limit }) {
      const { approvals, next } = await page(tenant, tool, limit);
      return { approvals: approvals.map(({ card }) => card), more: next !== null };
    },

    async *each(tenant, { tool }) {
      let cursor: string | null = null;
      do {
        const { approvals, next } = await page(tenant, tool, TURNS_AT_ONCE, cursor);
        const read = approvals.map(({ approvalId }) => client.getApproval(tenant, approvalId));
        for (const approval of await Promise.all(read)) {
          if (approval?.status === 'pending') yield approval;
          else if (approval !== null) list.hasRead(approval);
        }
        cursor = next;
      } while (cursor !== null);
    },

    hasRead({ tenant, approvalId, status, requestedAt, resolvedAt = requestedAt }) {
      if (status !== 'cancelled') return;
      index.settle(tenant, approvalId, { status, resolvedAt }).catch((error: unknown) => {
        log('index.not_settled', { tenant, approvalId, error: String(error) });
      });
    },
  };
  return list;
}
