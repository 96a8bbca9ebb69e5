import type { Notify } from '../contracts/notice.ts';
import type { Fact } from '../contracts/recording/fact.ts';
import type { NewEntry } from '../store/entry.ts';
import type { NewNews } from '../store/outbox.ts';

/** What a row of the outbox says: the entry, and of a question whom the policy tells. */
export interface Heard {
  entry: NewEntry;
  notify?: Notify;
}

/** Who hears of what is written: notices and events. */
export interface Audience {
  /** Whether anybody wants to hear of entries of this kind. */
  hears: (kind: NewEntry['kind']) => boolean;
  /** There is something new to hear. */
  nudge?: () => void;
}

/** What others are to hear of these facts. */
export function newsOf(
  facts: readonly Fact[],
  entries: readonly NewEntry[],
  audience: Audience | undefined,
): NewNews[] {
  return entries.flatMap((entry, index): NewNews[] => {
    const { id: entryId, approvalId } = entry;
    if (approvalId === undefined || audience?.hears(entry.kind) !== true) return [];
    const fact = facts[index];
    const notify = fact?.is === 'requested' ? fact.question.notify : undefined;
    const about: Heard = { entry, ...(notify && { notify }) };
    return [{ entryId, approvalId, about }];
  });
}
