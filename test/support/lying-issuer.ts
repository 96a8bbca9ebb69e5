import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

import { exportJWK, generateKeyPair, SignJWT, type CryptoKey, type JWTPayload } from 'jose';

/**
 * An identity provider that says what a test has it say. Nobody signs in there: a test takes state and nonce from the address that the
 * gateway sends the browser to, and comes back with a code.
 */
export interface LyingIssuer {
  url: string;
  clientId: string;
  /** What an honest ID token for this nonce says. */
  claims(nonce: string): JWTPayload;
  /** The next ID token. */
  says: { idToken: string };
  metadata: Record<string, unknown>;
  sign(claims: JWTPayload, options?: { key?: CryptoKey; kid?: string; typ?: string }): Promise<string>;
  /** Signs with a new key from now on. */
  rotate(): Promise<void>;
  close(): Promise<void>;
}

export async function startLyingIssuer(): Promise<LyingIssuer> {
  let [kid, keys] = ['key-1', await generateKeyPair('RS256')];
  const server = createServer((request, response) => {
    void (async () => {
      const answer =
        request.url === '/.well-known/openid-configuration'
          ? issuer.metadata
          : request.url === '/jwks'
            ? { keys: [{ ...(await exportJWK(keys.publicKey)), kid, alg: 'RS256', use: 'sig' }] }
            : { access_token: 'at', token_type: 'bearer', id_token: issuer.says.idToken };
      response.setHeader('content-type', 'application/json').end(JSON.stringify(answer));
    })();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const issuer: LyingIssuer = {
    ...{ url, clientId: 'countersign', says: { idToken: '' } },
    metadata: {
      issuer: url,
      authorization_endpoint: `${url}/authorize`,
      token_endpoint: `${url}/token`,
      jwks_uri: `${url}/jwks`,
      response_types_supported: ['code'],
      id_token_signing_alg_values_supported: ['RS256'],
    },
    claims: (nonce) => {
      const now = Math.floor(Date.now() / 1_000);
      return {
        ...{ iss: url, sub: 'u-1', aud: 'countersign', nonce, iat: now, exp: now + 60, auth_time: now },
        ...{ name: 'Ada', email: 'ada@acme.example', email_verified: true, groups: ['finance'], sid: 's-1' },
      };
    },
    sign: (claims, { key = keys.privateKey, kid: named = kid, typ } = {}) =>
      new SignJWT(claims).setProtectedHeader({ alg: 'RS256', kid: named, ...(typ && { typ }) }).sign(key),
    rotate: async () => {
      [kid, keys] = ['key-2', await generateKeyPair('RS256')];
    },
    close: () => new Promise((resolve) => server.close(() => resolve())),
  };
  return issuer;
}
