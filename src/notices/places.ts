import type { Notice } from '../store/notices/rows.ts';
import type { Person } from '../store/people/person.ts';

/**
 * A place is where a whole group reads, such as a channel of Teams. It stands in the table of notices like a person, under an id that
 * no address of a person leads to.
 */
export function placeId(channel: string, address: string): string {
  return `${channel}:${address}`;
}

/** The place that a notice goes to, as messages name whom they tell; null when it goes to a person. */
export function placeOf({ personId, ways }: Pick<Notice, 'personId' | 'ways'>): Person | null {
  const [way] = ways;
  if (way?.channel !== 'teams' || personId !== placeId(way.channel, way.address)) return null;
  return {
    ...{ id: personId, name: way.address, mail: null, slackId: null, groups: [], identities: [] },
    ...{ zone: null, quiet: null, away: null, channels: null, revokedAt: null },
  };
}
