import { createPrivateKey, createPublicKey, type KeyObject } from 'node:crypto';

import { calculateJwkThumbprint, importJWK } from 'jose';

import { anything, isObject, listOf, object, oneOf, text, type Check } from '../fields.ts';
import { FormatError } from '../format-error.ts';

/** A public key as the format carries it (RFC 8037). Other members of RFC 7517 are allowed and not looked at. */
export interface PublicJwk {
  kty: 'OKP';
  crv: 'Ed25519';
  x: string;
  /** What signatures name it by; the key's thumbprint (RFC 7638) by default. */
  kid?: string;
  /** Counts for this tenant alone; for all of them by default. */
  tenant?: string;
}

/** A set of public keys (RFC 7517). */
export interface Jwks {
  keys: PublicJwk[];
}

/** Public keys, ready for use. */
export interface Keys {
  /** As they were given, each with its id. */
  jwks: Jwks;
  /** The key with this id, if it counts for the tenant. */
  find(kid: string, tenant: string): KeyObject | undefined;
}

/** A private key, ready for use. */
export interface SigningKey {
  kid: string;
  key: KeyObject;
  /** What others verify with. */
  publicJwk: PublicJwk;
}

/** 32 bytes in base64url. */
const coordinate: Check = (value, field) => {
  if (typeof value === 'string' && /^[A-Za-z0-9_-]{43}$/.test(value)) return;
  throw new FormatError(field, 'must be 32 bytes in base64url, as RFC 8037 writes a key of Ed25519');
};

const COMMON = { kty: oneOf(['OKP']), crv: oneOf(['Ed25519']), x: coordinate };
const OPTIONAL = { kid: text(200), tenant: text() };
const UNREAD = Object.fromEntries(
  ['use', 'alg', 'key_ops', 'x5u', 'x5c', 'x5t', 'x5t#S256', 'iat', 'nbf', 'exp'].map((name) => [
    name,
    anything,
  ]),
);
const checkPublic = object(COMMON, { ...OPTIONAL, ...UNREAD });
const checkPrivate = object({ ...COMMON, d: coordinate }, { ...OPTIONAL, ...UNREAD });

/**
 * Reads public keys: a JWKS as an object or as its JSON.
 *
 * @throws FormatError naming the field and what is allowed: also for a private key, which belongs nowhere near a verifier.
 */
export async function readKeys(jwks: unknown): Promise<Keys> {
  const value = fromJson(jwks);
  if (!isObject(value) || !Array.isArray(value.keys))
    throw new FormatError('keys', 'must be a JWKS: {"keys": [{"kty": "OKP", "crv": "Ed25519", "x": "…"}]}');
  listOf((jwk, field) => {
    if (isObject(jwk) && 'd' in jwk)
      throw new FormatError(`${field}.d`, 'is a private key: give the public one, which has no "d"');
    checkPublic(jwk, field);
  })(value.keys, 'keys');
  const found = new Map<string, { key: KeyObject; tenant: string | undefined }>();
  const keys: PublicJwk[] = [];
  for (const [index, jwk] of (value.keys as PublicJwk[]).entries()) {
    const kid = jwk.kid ?? (await thumbprint(jwk));
    if (found.has(kid))
      throw new FormatError(`keys.${index}.kid`, 'must differ from those of the other keys');
    found.set(kid, { key: await toKey(jwk, `keys.${index}`), tenant: jwk.tenant });
    keys.push(toPublic(jwk, kid));
  }
  return {
    jwks: { keys },
    find(kid, tenant) {
      const entry = found.get(kid);
      return entry === undefined || (entry.tenant ?? tenant) !== tenant ? undefined : entry.key;
    },
  };
}

/**
 * Reads a private key: a JWK of Ed25519 as an object or as its JSON.
 *
 * @throws FormatError naming the field and what is allowed.
 */
export async function readSigningKey(jwk: unknown): Promise<SigningKey> {
  const value = fromJson(jwk);
  checkPrivate(value, 'key');
  const key = value as PublicJwk & { d: string };
  const kid = key.kid ?? (await thumbprint(key));
  return { kid, key: await toKey(key, 'key'), publicJwk: toPublic(key, kid) };
}

function toPublic({ x, tenant }: PublicJwk, kid: string): PublicJwk {
  return { kty: 'OKP', crv: 'Ed25519', x, kid, ...(tenant !== undefined && { tenant }) };
}

function thumbprint({ kty, crv, x }: PublicJwk): Promise<string> {
  return calculateJwkThumbprint({ kty, crv, x });
}

async function toKey(jwk: PublicJwk & { d?: string }, field: string): Promise<KeyObject> {
  const { kty, crv, x, d } = jwk;
  const key = { kty, crv, x, ...(d !== undefined && { d }) };
  try {
    await importJWK(key, 'EdDSA'); // says whether "d" belongs to "x"
    return d === undefined
      ? createPublicKey({ key, format: 'jwk' })
      : createPrivateKey({ key, format: 'jwk' });
  } catch {
    throw new FormatError(field, 'must be a key of Ed25519, and its "d" must belong to its "x"');
  }
}

function fromJson(value: unknown): unknown {
  if (typeof value !== 'string') return value;
  try {
    return JSON.parse(value) as unknown;
  } catch {
    throw new FormatError('keys', 'must be JSON: a JWKS, or a JWK');
  }
}
