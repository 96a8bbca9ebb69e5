import { isIP } from 'node:net';

/** Whom passkeys are for: they work at this origin, and nowhere else. */
export interface RelyingParty {
  id: string;
  origin: string;
}

/** @returns why no passkey can be used here, and the remedy. */
export function relyingPartyOf(publicUrl: URL | null): RelyingParty | { problem: string } {
  if (publicUrl === null) return { problem: `COUNTERSIGN_PUBLIC_URL is not set. ${REMEDY}` };
  const { hostname, origin, protocol } = publicUrl;
  if (isIP(hostname.replace(/^\[|\]$/g, '')) !== 0)
    return { problem: `COUNTERSIGN_PUBLIC_URL has an IP address, and passkeys belong to a name. ${REMEDY}` };
  const isLocal = hostname === 'localhost' || hostname.endsWith('.localhost');
  if (protocol !== 'https:' && !isLocal) return { problem: `COUNTERSIGN_PUBLIC_URL is not https. ${REMEDY}` };
  return { id: hostname, origin };
}

const REMEDY = 'Whoever runs this gateway must set it to an https address with a name.';
