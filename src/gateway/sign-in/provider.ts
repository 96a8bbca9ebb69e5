import { createRemoteJWKSet, jwtVerify, type JWTVerifyGetKey } from 'jose';
import * as client from 'openid-client';

import type { Attempt } from './attempt.ts';
import { toIdentity } from './claims.ts';
import type { IdentityProvider } from './identity-provider.ts';
import { readLogoutToken } from './logout-token.ts';
import type { OidcOptions } from './oidc-options.ts';
import { notTrusted, SignInRefused, toRefusal } from './sign-in-refused.ts';
import { words } from '../inbox/strings/words.ts';

interface Known {
  config: client.Configuration;
  keys: JWTVerifyGetKey;
  untilMs: number;
}

const KNOWN_FOR_MS = 3_600_000;
const LIMIT_SECONDS = 10;
const SKEW_SECONDS = 30;
/** A new key may be asked for so often: tokens of strangers must not make us ask all the time. */
const KEYS_EVERY_MS = 2_000;
const ALGORITHMS = [
  'RS256',
  'RS384',
  'RS512',
  'PS256',
  'PS384',
  'PS512',
  'ES256',
  'ES384',
  'ES512',
  'EdDSA',
  'Ed25519',
];

/**
 * The identity provider, by OpenID Connect: authorization code with PKCE, state and nonce.
 *
 *   unknown → known     by its discovery document, when somebody first needs it; nobody but them waits for it
 *   known   → unknown   after an hour, so that what it changes is seen
 *
 * Its keys are read again when a token names one that we have not seen.
 */
export function createIdentityProvider(options: OidcOptions): IdentityProvider {
  const { issuer, clientId, groupsClaim = 'groups' } = options;
  let known: Promise<Known> | undefined;

  return {
    async begin({ redirectUri, to, stepUp }) {
      const { config } = await discovered();
      const attempt: Attempt = {
        state: client.randomState(),
        nonce: client.randomNonce(),
        codeVerifier: client.randomPKCECodeVerifier(),
        to,
        ...(stepUp?.maxAgeSeconds !== undefined && { maxAgeSeconds: stepUp.maxAgeSeconds }),
      };
      const { scopes_supported: scopes = [] } = config.serverMetadata();
      const url = client.buildAuthorizationUrl(config, {
        redirect_uri: redirectUri,
        scope: ['openid', 'profile', 'email', ...(scopes.includes(groupsClaim) ? [groupsClaim] : [])].join(
          ' ',
        ),
        state: attempt.state,
        nonce: attempt.nonce,
        code_challenge: await client.calculatePKCECodeChallenge(attempt.codeVerifier),
        code_challenge_method: 'S256',
        ...(stepUp && { prompt: 'login' }),
        ...(stepUp?.maxAgeSeconds !== undefined && { max_age: String(stepUp.maxAgeSeconds) }),
        ...(stepUp?.acr !== undefined && { acr_values: stepUp.acr }),
      });
      return { url, attempt };
    },

    async finish(answer, { state, nonce, codeVerifier, maxAgeSeconds }) {
      const { config, keys } = await discovered();
      try {
        const tokens = await client.authorizationCodeGrant(config, answer, {
          ...{
            expectedState: state,
            expectedNonce: nonce,
            pkceCodeVerifier: codeVerifier,
            idTokenExpected: true,
          },
          ...(maxAgeSeconds !== undefined && { maxAge: maxAgeSeconds }),
        });
        const claims = await verified(tokens.id_token ?? '', keys);
        return toIdentity(await withUserInfo(config, tokens.access_token, claims), options);
      } catch (error) {
        throw refusalOf(error);
      }
    },

    async readLogout(token) {
      const { keys } = await discovered();
      try {
        return readLogoutToken(await verifiedJwt(token, keys));
      } catch (error) {
        throw toRefusal(error);
      }
    },

    async check() {
      await discovered();
    },
  };

  function discovered(): Promise<Known> {
    known = (known ?? discover()).then((found) => (found.untilMs > Date.now() ? found : discover()));
    known.catch(() => (known = undefined));
    return known;
  }

  async function discover(): Promise<Known> {
    const { clientSecret } = options;
    try {
      const config = await client.discovery(
        new URL(issuer),
        clientId,
        { [client.clockTolerance]: SKEW_SECONDS },
        clientSecret === undefined ? client.None() : client.ClientSecretBasic(clientSecret),
        {
          timeout: LIMIT_SECONDS,
          // For a provider on this machine; config/sign-in.ts lets no other be without TLS.
          // eslint-disable-next-line @typescript-eslint/no-deprecated -- it is marked so to make it stand out
          execute: isPlain(issuer) ? [client.allowInsecureRequests] : [],
        },
      );
      const { jwks_uri: keysAt = '' } = config.serverMetadata();
      if (!URL.canParse(keysAt) || (isPlain(keysAt) && !isPlain(issuer))) throw notTrusted('jwks_uri');
      const keys = createRemoteJWKSet(new URL(keysAt), {
        timeoutDuration: LIMIT_SECONDS * 1_000,
        cooldownDuration: KEYS_EVERY_MS,
      });
      return { config, keys, untilMs: Date.now() + KNOWN_FOR_MS };
    } catch (error) {
      throw toRefusal(error);
    }
  }

  function verifiedJwt(token: string, keys: JWTVerifyGetKey) {
    const checks = { issuer, audience: clientId, algorithms: ALGORITHMS, clockTolerance: SKEW_SECONDS };
    return jwtVerify(token, keys, { ...checks, requiredClaims: ['iat', 'exp'] });
  }

  async function verified(idToken: string, keys: JWTVerifyGetKey) {
    const { payload } = await verifiedJwt(idToken, keys);
    if (payload.azp !== undefined && payload.azp !== clientId) throw notTrusted('azp');
    return payload;
  }

  /** Many providers give names and groups there only. What the ID token says counts first. */
  async function withUserInfo(
    config: client.Configuration,
    accessToken: string,
    claims: Readonly<Record<string, unknown>> & { sub?: string },
  ) {
    const isWhole = ['name', 'email', groupsClaim].every((claim) => claims[claim] !== undefined);
    if (isWhole || config.serverMetadata().userinfo_endpoint === undefined) return claims;
    return { ...(await client.fetchUserInfo(config, accessToken, claims.sub ?? '')), ...claims };
  }
}

function refusalOf(error: unknown) {
  if (error instanceof client.AuthorizationResponseError) {
    const code = /^[a-z_]{1,64}$/.test(error.error) ? error.error : 'error';
    return new SignInRefused(code, words().signIn.answered(code));
  }
  if (error instanceof client.ResponseBodyError && error.status < 500) {
    return new SignInRefused('code', words().signIn.code);
  }
  return toRefusal(error);
}

function isPlain(url: string): boolean {
  return new URL(url).protocol === 'http:';
}
