import type { Behaviour } from './profiles.ts';

/** What the life of a run goes by: the behaviour of the played server, and how long it lets a run live. */
export interface Rules extends Behaviour {
  runTtlSeconds: number;
}

/** How long before its beginning a run has expired, where `expires_at` makes no sense. */
const PAST_SECONDS = 60;

/** What `expires_at` says of a run whose time begins at `fromSeconds`. */
export function expiresAtFrom({ expiresAt, runTtlSeconds }: Rules, fromSeconds: number): number | null {
  switch (expiresAt) {
    case 'true':
      return fromSeconds + runTtlSeconds;
    case 'null':
      return null;
    case 'zero':
      return 0;
    case 'past':
      return fromSeconds - PAST_SECONDS;
    default:
      return expiresAt satisfies never;
  }
}
