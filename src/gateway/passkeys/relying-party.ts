import { isIP } from 'node:net';

/** Whom passkeys are for: they work at this origin, and nowhere else. */
export interface RelyingParty {
  id: string;
  origin: string;
}

/** What keeps passkeys from working: no public address, one without a name, one that is not encrypted. */
type NoParty = 'unset' | 'address' | 'plain';

/** @returns why no passkey can be used here. */
export function relyingPartyOf(publicUrl: URL | null): RelyingParty | { problem: NoParty } {
  if (publicUrl === null) return { problem: 'unset' };
  const { hostname, origin, protocol } = publicUrl;
  if (isIP(hostname.replace(/^\[|\]$/g, '')) !== 0) return { problem: 'address' };
  const isLocal = hostname === 'localhost' || hostname.endsWith('.localhost');
  if (protocol !== 'https:' && !isLocal) return { problem: 'plain' };
  return { id: hostname, origin };
}
