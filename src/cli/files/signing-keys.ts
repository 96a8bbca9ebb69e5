import { readFile } from 'node:fs/promises';

import {
  FormatError,
  readKeys,
  readSigningKey,
  type Jwks,
  type Keys,
  type PublicJwk,
  type SigningKey,
} from '@countersign/receipts';
import { exportJWK, generateKeyPair, type JWK } from 'jose';

import { ConfigError, signingConfig } from '../../config.ts';
import { howToCall } from '../../contracts/how-called.ts';

/** The keys that the environment names; undefined where it names none. */
export async function loadKeys(): Promise<{ signingKey?: SigningKey; trustedKeys?: Keys }> {
  const { signingKeyFile, trustedKeysFile } = signingConfig();
  return {
    ...(signingKeyFile !== undefined && {
      signingKey: await load('COUNTERSIGN_SIGNING_KEY', signingKeyFile, readSigningKey),
    }),
    ...(trustedKeysFile !== undefined && {
      trustedKeys: await load('COUNTERSIGN_TRUSTED_KEYS', trustedKeysFile, readKeys),
    }),
  };
}

/** @throws ConfigError naming the variable, the file, what is wrong and the remedy; nothing of a key is repeated. */
async function load<Value>(
  name: string,
  file: string,
  parse: (text: string) => Promise<Value>,
): Promise<Value> {
  const remedy = `Make keys with "${howToCall('keys create-signing')}".`;
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown error';
    throw new ConfigError(`${name}: ${file} cannot be read (${code}). ${remedy}`);
  }
  try {
    return await parse(text);
  } catch (error) {
    if (!(error instanceof FormatError)) throw error;
    throw new ConfigError(`${name}: ${file}: ${error.message}. ${remedy}`);
  }
}

/** A new pair: the private key as a file holds it, and the public one. @param tenant - the key counts for it alone. */
export async function makeSigningPair(
  tenant?: string,
): Promise<{ kid: string; privateJwk: JWK; publicJwk: PublicJwk }> {
  const pair = await generateKeyPair('EdDSA', { crv: 'Ed25519', extractable: true });
  const jwk = { ...(await exportJWK(pair.privateKey)), ...(tenant !== undefined && { tenant }) };
  const { kid, publicJwk } = await readSigningKey(jwk);
  return { kid, privateJwk: { ...jwk, kid }, publicJwk };
}

/** What a gateway shows: the keys that workers trust, and its own. */
export function publicKeysOf(signingKey: SigningKey | undefined, trusted: Keys | undefined): Jwks {
  const keys = trusted?.jwks.keys ?? [];
  const own = signingKey?.publicJwk;
  return { keys: own === undefined || keys.some(({ kid }) => kid === own.kid) ? keys : [...keys, own] };
}
