import { z } from 'zod';

import { ID_RULES, isTenant } from '../contracts/ids.ts';
import { ConfigError, createReader, environment, nonEmpty, webUrl, type Environment } from './variables.ts';

const LOOPBACK = /^(localhost|127\.\d+\.\d+\.\d+|\[::1\])$/;

const read = createReader({
  COUNTERSIGN_OIDC_ISSUER: [
    webUrl
      .refine((text) => {
        const { protocol, hostname } = new URL(text);
        return protocol === 'https:' || LOOPBACK.test(hostname);
      })
      .optional(),
    'the issuer of your identity provider, an https URL as its discovery document has it; http only on this machine',
    { by: ['gateway'], does: 'where people sign in (OpenID Connect)', unset: 'sign-in links only' },
  ],
  COUNTERSIGN_OIDC_CLIENT_ID: [
    nonEmpty.optional(),
    'the client id that the identity provider gave this gateway',
    { by: ['gateway'], does: 'names this gateway to the provider' },
  ],
  COUNTERSIGN_OIDC_CLIENT_SECRET: [
    nonEmpty.optional(),
    'the client secret that the identity provider gave this gateway',
    { by: ['gateway'], does: 'proves to the provider that it is this gateway', unset: 'a public client' },
  ],
  COUNTERSIGN_OIDC_GROUPS_CLAIM: [
    nonEmpty.default('groups'),
    'the name of the claim that has the groups of a person',
    { by: ['gateway'], does: 'where the provider says who is in which group' },
  ],
  COUNTERSIGN_OIDC_TENANT: [
    z.string().refine(isTenant).optional(),
    `the tenant of everybody who signs in: ${ID_RULES.tenant}`,
    { by: ['gateway'], does: 'the tenant of everybody who signs in' },
  ],
  COUNTERSIGN_OIDC_TENANT_CLAIM: [
    nonEmpty.optional(),
    'the name of the claim that has the tenant of a person',
    { by: ['gateway'], does: 'where the provider says whose tenant a person is of' },
  ],
});

/** How people sign in at an identity provider; null when they do not. */
export function signInConfig(from: Environment = environment) {
  const issuer = read(from, 'COUNTERSIGN_OIDC_ISSUER');
  if (issuer === undefined) {
    read.requireBoth(from, 'COUNTERSIGN_OIDC_ISSUER', 'COUNTERSIGN_OIDC_CLIENT_ID');
    return null;
  }
  const clientSecret = read(from, 'COUNTERSIGN_OIDC_CLIENT_SECRET');
  return {
    issuer,
    clientId: read.required(from, 'COUNTERSIGN_OIDC_CLIENT_ID', 'COUNTERSIGN_OIDC_ISSUER is'),
    ...(clientSecret !== undefined && { clientSecret }),
    groupsClaim: read(from, 'COUNTERSIGN_OIDC_GROUPS_CLAIM'),
    tenant: tenantOf(from),
  };
}

function tenantOf(from: Environment): { fixed: string } | { claim: string } {
  const fixed = read(from, 'COUNTERSIGN_OIDC_TENANT');
  const claim = read(from, 'COUNTERSIGN_OIDC_TENANT_CLAIM');
  if (fixed !== undefined && claim === undefined) return { fixed };
  if (claim !== undefined && fixed === undefined) return { claim };
  const found = fixed === undefined ? 'neither' : 'both';
  throw new ConfigError(
    `Of COUNTERSIGN_OIDC_TENANT and COUNTERSIGN_OIDC_TENANT_CLAIM ${found} is set. Set one of them: the tenant of everybody who signs in, or the claim that has it.`,
  );
}
