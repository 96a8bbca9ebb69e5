import type { AnyShownApproval, CountersignClient } from '../../client.ts';
import { toCard, type ApprovalCard } from '../../contracts/approval/listed.ts';
import type { ApprovalQuery } from '../../store/approvals/approval-index.ts';
import type { Reader } from '../../store/approvals/audience.ts';
import { StoreInputError } from '../../store/errors.ts';
import type { Store } from '../../store/store.ts';
import { Problem } from '../problem.ts';
import type { ListFilter } from './query.ts';

/** A page of a list; `next` is the cursor of the page after it. */
export interface CardPage {
  approvals: ApprovalCard[];
  more: boolean;
  next: string | null;
}

/** Whose list it is. */
export interface ListOf {
  tenant: string;
  reader: { id: string; groups?: readonly string[] | undefined };
}

/** What waits for a person, and what was decided. With a store its index knows; without one Temporal is asked what waits. */
export interface ApprovalLists {
  /** Whether it can answer more than what waits, of all tools or of one. */
  hasIndex: boolean;
  /**
   * One page: with a store in its order, else the newest turn first.
   *
   * @throws StoreUnavailableError
   * @throws Problem `invalid-request` for a cursor of another list.
   */
  page(of: ListOf, filter: ListFilter, limit: number): Promise<CardPage>;
  /**
   * The same one by one, whole.
   *
   * @throws StoreUnavailableError
   */
  each(of: ListOf, filter: ListFilter): AsyncGenerator<AnyShownApproval>;
  /** An operator ended a turn or request, which then told nobody: its approval leaves the lists when somebody reads it. */
  hasRead(approval: AnyShownApproval): void;
}

/** Turns that are in memory at a time: each may have a megabyte. */
const TURNS_AT_ONCE = 10;

export function createApprovalLists(parts: {
  client: Pick<CountersignClient, 'eachPending' | 'getApproval'>;
  store: Pick<Store, 'index'> | null;
  log: (event: string, fields: Record<string, unknown>) => void;
}): ApprovalLists {
  return parts.store === null ? fromTemporal(parts) : fromIndex({ ...parts, index: parts.store.index });
}

function fromTemporal({ client }: { client: Pick<CountersignClient, 'eachPending'> }): ApprovalLists {
  return {
    hasIndex: false,
    async page({ tenant }, { tool }, limit) {
      const approvals: ApprovalCard[] = [];
      for await (const approval of client.eachPending(tenant, { tool })) {
        if (approvals.length === limit) return { approvals, more: true, next: null };
        approvals.push(toCard(approval));
      }
      return { approvals, more: false, next: null };
    },
    each: ({ tenant }, { tool }) => client.eachPending(tenant, { tool }),
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
}): ApprovalLists {
  const lists: ApprovalLists = {
    hasIndex: true,
    async page(of, filter, limit) {
      try {
        const { approvals, next } = await index.list({ ...toQuery(of, filter), limit });
        return { approvals: approvals.map(({ card }) => card), more: next !== null, next };
      } catch (error) {
        if (!(error instanceof StoreInputError)) throw error;
        const { field, message } = error;
        throw new Problem('invalid-request', `The query is not valid: ${message}.`, {
          errors: [{ field, message: message.slice(field.length + 1) }],
        });
      }
    },

    async *each(of, filter) {
      let { cursor } = filter;
      do {
        const page = await lists.page(of, { ...filter, cursor }, TURNS_AT_ONCE);
        const read = page.approvals.map(({ approvalId }) => client.getApproval(of.tenant, approvalId));
        for (const approval of await Promise.all(read)) {
          if (approval === null) continue;
          if (filter.status.includes(approval.status)) yield approval;
          else lists.hasRead(approval);
        }
        cursor = page.next ?? undefined;
      } while (cursor !== undefined);
    },

    hasRead({ tenant, approvalId, status, requestedAt, resolvedAt = requestedAt }) {
      if (status !== 'cancelled') return;
      index.settle(tenant, approvalId, { status, resolvedAt }).catch((error: unknown) => {
        log('index.not_settled', { tenant, approvalId, error: String(error) });
      });
    },
  };
  return lists;
}

function toQuery({ tenant, reader }: ListOf, { isMine, ...filter }: ListFilter): ApprovalQuery {
  const asked = Object.entries(filter).filter(([, value]) => value !== undefined);
  const { id, groups = [] } = reader;
  const mine: Reader = { id, groups };
  return { tenant, ...Object.fromEntries(asked), ...(isMine && { mine }) };
}
