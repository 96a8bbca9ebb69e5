import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { readSigningKey } from '@countersign/receipts';
import { exportJWK, generateKeyPair } from 'jose';

import { writeKeys } from '../src/cli/keys/keys.ts';
import { createApiKey } from '../src/gateway/app.ts';
import { APPROVERS, GROUPS, type Approver } from './people.ts';
import { TENANT } from './settings.ts';

/** One key for the service that starts turns, one for each person. */
export async function makeApiKeys(folder: string) {
  const service = createApiKey({ name: 'service', tenant: TENANT, scopes: ['turns:write'] });
  const people = APPROVERS.map((name) =>
    createApiKey({
      ...{ name, tenant: TENANT, groups: GROUPS[name] },
      scopes: ['approvals:read', 'approvals:decide'],
    }),
  );
  const apiKeysFile = join(folder, 'api-keys.json');
  await writeKeys(apiKeysFile, [service.entry, ...people.map(({ entry }) => entry)]);
  const approvers = Object.fromEntries(people.map(({ key, entry }) => [entry.name, key]));
  return { apiKeysFile, keys: { service: service.key, approvers: approvers as Record<Approver, string> } };
}

/** The pair of the gateway: the private key for itself, the public one for workers and the oracle. */
export async function makeSigningKey(folder: string) {
  const { privateKey } = await generateKeyPair('EdDSA', { crv: 'Ed25519', extractable: true });
  const jwk = await exportJWK(privateKey);
  const signingKey = await readSigningKey(jwk);
  const signingKeyFile = join(folder, 'signing-key.json');
  const trustedKeysFile = join(folder, 'trusted-keys.json');
  await writeFile(signingKeyFile, JSON.stringify({ ...jwk, kid: signingKey.kid }));
  await writeFile(trustedKeysFile, JSON.stringify({ keys: [signingKey.publicJwk] }));
  return { signingKey, signingKeyFile, trustedKeysFile };
}
