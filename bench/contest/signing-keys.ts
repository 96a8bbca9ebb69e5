import { randomUUID } from 'node:crypto';
import { join } from 'node:path';

import { readSigningKey, type SigningKey } from '@countersign/receipts';
import { exportJWK, generateKeyPair } from 'jose';

import { writePrivateFile } from '../../src/cli/files/private-file.ts';

/** A pair of its own that signs decisions, and the file of its public key as workers trust it. */
export async function createSigningKeys(
  folder: string,
): Promise<{ signingKey: SigningKey; trustedFile: string }> {
  const pair = await generateKeyPair('EdDSA', { crv: 'Ed25519', extractable: true });
  const signingKey = await readSigningKey(await exportJWK(pair.privateKey));
  const trustedFile = join(folder, `trusted-${randomUUID()}.json`);
  await writePrivateFile(trustedFile, JSON.stringify({ keys: [signingKey.publicJwk] }));
  return { signingKey, trustedFile };
}
