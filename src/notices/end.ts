import { isSamePerson } from '../contracts/deciding/same-person.ts';
import type { Message } from './channel.ts';

/**
 * What tells how the questions of a message ended, as a message of its own that follows it.
 *
 * @returns null when none has ended that the person has not decided.
 */
export function endOf(message: Message): Message | null {
  const { id, cards, to } = message;
  const over = cards.filter(
    ({ state: { status, by } }) => status !== 'pending' && !isSamePerson(to.person, by),
  );
  if (over.length === 0) return null;
  const ids = over.map(({ approvalId }) => approvalId).toSorted();
  return { ...message, id: `${id}:end:${ids.join(',')}`, cards: over, after: [id] };
}
