import type { AnyShownApproval } from '../../../contracts/approval/approval.ts';
import type { GatewayParts } from '../../gateway-env.ts';
import { LIST_BYTES, TURN_BYTES } from '../../memory.ts';
import type { InboxSession } from '../../sign-in/session.ts';
import { readSaid } from '../card/read-said.ts';
import type { ShownSaid } from '../card/said.ts';
import { filterOf, type Shown } from '../list/view.ts';
import { whyAlone } from './why-alone.ts';
import { words } from '../strings/words.ts';

/** So many may be decided at once. */
export const MOST_AT_ONCE = 20;
/** So many are read at a time: each turn may have a megabyte. */
const READS = 4;
/** What was said is waited for so long in all. What comes later is no longer read, and its approval is decided on its own card. */
const SAID_LIMIT_MS = 3_000;

/** An approval that waits, with what was said before it, or with why it is decided on its own card. */
export type Candidate =
  | { approval: AnyShownApproval; said: Exclude<ShownSaid, 'unavailable'>; alone: null }
  | { approval: AnyShownApproval; alone: string };

export interface Candidates {
  shown: Shown;
  candidates: Candidate[];
  /** The cursor of those that come after. */
  next: string | null;
}

interface Held {
  hold: (bytes: number) => Promise<void>;
}

export function createSeveralReader(parts: GatewayParts) {
  const { client, lists, clock } = parts;

  function readAll({ tenant }: InboxSession, ids: readonly string[]): Promise<(AnyShownApproval | null)[]> {
    return inTurns(ids, READS, async (approvalId) => {
      const approval = await client.getApproval(tenant, approvalId);
      if (approval !== null) lists.hasRead(approval);
      return approval;
    });
  }

  return {
    /** Null where the tenant has none by this id. */
    async approvalsOf(session: InboxSession, ids: readonly string[], { hold }: Held) {
      await hold(READS * TURN_BYTES);
      return readAll(session, ids);
    },

    /** The first of a list, whole. Its memory is asked for at once: whoever kept some while they waited for more would wait for each other. */
    async candidatesOf(session: InboxSession, shown: Shown, { hold }: Held): Promise<Candidates> {
      const { tenant, approver } = session;
      await hold(LIST_BYTES + READS * TURN_BYTES);
      const of = { tenant, reader: approver };
      const { approvals, next } = await lists.page(of, filterOf(shown), MOST_AT_ONCE);
      const ids = approvals.map(({ approvalId }) => approvalId);
      const read = await readAll(session, ids);
      const pending = read.filter((one) => one !== null).filter(({ status }) => status === 'pending');
      const endsMs = clock() + SAID_LIMIT_MS;
      // Within what is held for the approvals, which have been read.
      const context = { ...parts, hold: () => Promise.resolve() };
      const candidates = await inTurns(pending, READS, async (approval): Promise<Candidate> => {
        const alone = whyAlone(approval, approver, clock());
        if (alone !== null) return { approval, alone };
        const said = clock() > endsMs ? 'unavailable' : await readSaid(context, tenant, approval);
        if (said === 'unavailable') return { approval, alone: words().several.unread };
        return { approval, said, alone: null };
      });
      return { shown, candidates, next };
    },
  };
}

/** Does the same to each, a few at a time, and keeps their order. */
export async function inTurns<In, Out>(
  items: readonly In[],
  atATime: number,
  act: (item: In) => Promise<Out>,
): Promise<Out[]> {
  const results: Out[] = [];
  for (let at = 0; at < items.length; at += atATime)
    results.push(...(await Promise.all(items.slice(at, at + atATime).map(act))));
  return results;
}
