import { createECDH } from 'node:crypto';

import { callbackTarget } from '../webhooks/callback-hosts.ts';

/** Web Push (RFC 8030, 8291, 8292): where it may go, and what its keys look like. */

/** The push services of Chrome and others, Firefox, Edge, and Safari. */
const PUSH_SERVICES = [
  'fcm.googleapis.com:443',
  '*.push.services.mozilla.com:443',
  '*.notify.windows.com:443',
  '*.push.apple.com:443',
];
const ENDPOINT_CHARACTERS = 2_000;

/**
 * Whether a device may be notified at this address. It comes from a browser, so from anybody who is signed in: it leads to a push service,
 * or to a host that the operator has listed.
 *
 * @param hosts - entries of COUNTERSIGN_CALLBACK_HOSTS.
 */
export function pushTarget(endpoint: string, hosts: readonly string[]) {
  if (endpoint.length > ENDPOINT_CHARACTERS)
    return { ok: false as const, message: `has more than ${ENDPOINT_CHARACTERS} characters` };
  const isEncrypted = URL.parse(endpoint)?.protocol === 'https:';
  return callbackTarget(endpoint, isEncrypted ? [...PUSH_SERVICES, ...hosts] : hosts);
}

/** A point of P-256, uncompressed, in base64url: a VAPID public key, or that of a device. */
export function isPushPublicKey(text: string): boolean {
  const bytes = bytesOf(text, 65);
  if (bytes?.[0] !== 4) return false;
  try {
    const ecdh = createECDH('prime256v1');
    ecdh.generateKeys();
    return ecdh.computeSecret(bytes).length > 0;
  } catch {
    return false;
  }
}

/** A VAPID private key, in base64url. */
export function isVapidPrivateKey(text: string): boolean {
  return publicKeyOf(text) !== null;
}

/** @returns the public key of a private one; null when it is none. */
export function publicKeyOf(privateKey: string): string | null {
  const bytes = bytesOf(privateKey, 32);
  if (bytes === null) return null;
  try {
    const ecdh = createECDH('prime256v1');
    ecdh.setPrivateKey(bytes);
    return ecdh.getPublicKey('base64url');
  } catch {
    return null;
  }
}

/** The secret of a device. */
export function isPushSecret(text: string): boolean {
  return bytesOf(text, 16) !== null;
}

function bytesOf(text: string, length: number): Buffer | null {
  if (!/^[\w-]+$/.test(text)) return null;
  const bytes = Buffer.from(text, 'base64url');
  return bytes.length === length ? bytes : null;
}
