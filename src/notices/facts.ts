import { stateWords, type Card } from './card.ts';
import type { Message } from './channel.ts';

/** What there is to say of a question beside its fields, each under a label of ours. */
export function factsOf(
  { reason, requestedBy, changedBy, deadline, votes, missing, state }: Card,
  { to }: Message,
): [string, string][] {
  const isOpen = state.status === 'pending';
  return [
    ...(isOpen ? [] : [['State', stateWords(state)] as [string, string]]),
    ...(state.note === undefined ? [] : [['Note', state.note] as [string, string]]),
    ...(reason === undefined ? [] : [['Why a person is asked', reason] as [string, string]]),
    ...(requestedBy === undefined ? [] : [['On behalf of', requestedBy] as [string, string]]),
    ...(changedBy === undefined ? [] : [['Arguments changed by', changedBy] as [string, string]]),
    ...(isOpen ? [['Decide by', deadlineWords(deadline, to.person.zone)] as [string, string]] : []),
    ...(votes.length === 0 ? [] : [['Votes', votes.join('\n')] as [string, string]]),
    ...(isOpen && missing !== undefined ? [['Still needed', missing] as [string, string]] : []),
  ];
}

export const CUT_WORDS = 'Not everything is shown here. Open it to read all of it.';

/** In the person's own time, and in UTC. */
function deadlineWords(deadline: string | null, zone: string | null): string {
  if (deadline === null) return 'no deadline';
  const utc = inZone(deadline, 'UTC');
  return zone === null || zone === 'UTC' ? `${utc} UTC` : `${inZone(deadline, zone)} ${zone} (${utc} UTC)`;
}

function inZone(time: string, timeZone: string): string {
  return new Intl.DateTimeFormat('en-GB', {
    ...{
      weekday: 'short',
      day: 'numeric',
      month: 'short',
      year: 'numeric',
      hour: '2-digit',
      minute: '2-digit',
    },
    timeZone,
  }).format(new Date(time));
}
