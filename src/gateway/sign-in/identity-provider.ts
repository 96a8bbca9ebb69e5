import type { Authenticated } from '../../contracts/approval/rule.ts';
import type { Attempt } from './attempt.ts';

/** The identity provider that people sign in at (provider.ts). */
export interface IdentityProvider {
  /** Where the browser goes, and what its answer must fit. @throws Problem when the provider cannot be reached. */
  begin(wanted: Wanted): Promise<{ url: URL; attempt: Attempt }>;
  /** Who came back. @throws Problem when the answer cannot be trusted, or the provider cannot be reached. */
  finish(answer: URL, attempt: Attempt): Promise<Identity>;
  /** What a logout token ends. @throws Problem when it cannot be trusted. */
  readLogout(token: string): Promise<ProviderLogout>;
  /** @throws Problem when the provider cannot be reached. */
  check(): Promise<void>;
}

export interface Wanted {
  redirectUri: string;
  /** Where the browser goes at the end. */
  to: string;
  /** Have the person show again who they are, so recently and so strongly. */
  stepUp?: { maxAgeSeconds?: number; acr?: string };
}

/** Who the provider says somebody is. */
export interface Identity {
  tenant: string;
  issuer: string;
  subject: string;
  /** Of the provider's own session; its logouts name it. */
  session?: string;
  name?: string;
  /** Only one that the provider has made sure is theirs. */
  mail?: string;
  /** Absent when the provider says nothing of groups. */
  groups?: string[];
  authenticated: Authenticated;
}

/** What a provider ends: one session of its own, or all of one subject. */
export interface ProviderLogout {
  issuer: string;
  /** Names the token, which counts once. */
  tokenId: string;
  expiresAt: number;
  subject?: string;
  session?: string;
}
