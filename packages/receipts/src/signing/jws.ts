import { sign, verify, type KeyObject } from 'node:crypto';

import { canonical } from '../digest.ts';
import { isObject } from '../fields.ts';
import { FormatError } from '../format-error.ts';
import type { Keys, SigningKey } from './keys.ts';

/** What is signed, as the header's `typ`: one kind of signature never passes for another. */
export type SignedType = 'countersign-checkpoint' | 'countersign-attestation' | 'countersign-export';

/** A value, or why there is none. */
export type Checked<Value> = ({ ok: true } & Value) | { ok: false; problem: string };

/**
 * Signs canonical JSON: a compact JWS (RFC 7515) with EdDSA over Ed25519 (RFC 8037). On this thread, as it is verified: to hand so little work
 * to another one, as WebCrypto does, takes many times as long as the work.
 */
export function signPayload(typ: SignedType, payload: object, { key, kid }: SigningKey): Promise<string> {
  const signed = [{ alg: 'EdDSA', kid, typ }, payload].map(toPart).join('.');
  return Promise.resolve(`${signed}.${sign(null, Buffer.from(signed), key).toString('base64url')}`);
}

/**
 * The payload of a compact JWS, not verified. Every byte has one form only: base64url without spare bits, a header and a payload of
 * canonical JSON. So a signature cannot be written in two ways.
 *
 * @throws FormatError for any other form.
 */
export function readPayload(typ: SignedType, jws: unknown): { kid: string; payload: unknown } {
  const parts = typeof jws === 'string' ? jws.split('.') : [];
  const [header, payload] = parts.map((part) => {
    const bytes = Buffer.from(part, 'base64url');
    if (bytes.toString('base64url') !== part) throw malformed('must be base64url without spare bits');
    return bytes;
  });
  if (parts.length !== 3 || header === undefined || payload === undefined)
    throw malformed('must be a compact JWS: three parts with dots between them');
  const { alg, kid, typ: found, ...others } = isObjectOf(header);
  if (alg !== 'EdDSA') throw malformed('must be signed with EdDSA');
  if (found !== typ) throw malformed(`must be of the type "${typ}"`);
  if (typeof kid !== 'string' || Object.keys(others).length > 0)
    throw malformed('must have a header of alg, kid and typ alone');
  return { kid, payload: isObjectOf(payload) };
}

/** Verifies a compact JWS of this type by one of the keys. */
export function verifyPayload(
  typ: SignedType,
  jws: string,
  keys: Keys,
  tenant: string,
): Promise<Checked<{ kid: string; payload: unknown }>> {
  try {
    const { kid, payload } = readPayload(typ, jws);
    const key = keys.find(kid, tenant);
    if (key === undefined) {
      const problem = `is signed by the key "${shown(kid)}", which is not trusted here`;
      return Promise.resolve({ ok: false, problem });
    }
    return Promise.resolve(fits(jws, key) ? { ok: true, kid, payload } : UNFIT);
  } catch (error) {
    if (!(error instanceof FormatError)) return Promise.resolve(UNFIT);
    return Promise.resolve({ ok: false, problem: `cannot be read: ${error.message}` });
  }
}

function fits(jws: string, key: KeyObject): boolean {
  const end = jws.lastIndexOf('.');
  const signature = Buffer.from(jws.slice(end + 1), 'base64url');
  return verify(null, Buffer.from(jws.slice(0, end)), key, signature);
}

function toPart(value: object): string {
  return Buffer.from(canonical(value)).toString('base64url');
}

const UNFIT = { ok: false, problem: 'has a signature that does not fit what it signs' } as const;

function isObjectOf(bytes: Buffer): Record<string, unknown> {
  const text = bytes.toString('utf8');
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw malformed('must hold JSON');
  }
  if (!isObject(value) || canonical(value) !== text) throw malformed('must hold canonical JSON (RFC 8785)');
  return value;
}

function malformed(allowed: string): FormatError {
  return new FormatError('signature', allowed);
}

/** Of a stranger's making: cut, and without what a terminal would act on. */
function shown(kid: string): string {
  return kid.slice(0, 80).replaceAll(/[^\x20-\x7e]/g, '?');
}
