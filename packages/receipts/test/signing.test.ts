import { createPrivateKey, sign } from 'node:crypto';

import { expect, test } from 'vitest';

import {
  attestedContent,
  readCheckpoint,
  readKeys,
  readSigningKey,
  signAttestation,
  signCheckpoint,
  verifyAttestation,
  type Attestation,
} from '@countersign/receipts';

import { at, CALL, checkpointOf, key, keys, otherKey, RFC_8037, TENANT } from './support/record.ts';

const THUMBPRINT = 'kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k';
const checkpoint = checkpointOf([]);
const jws = await signCheckpoint(checkpoint, key);

const attestation: Attestation = {
  ...{
    version: 1,
    tenant: TENANT,
    approvalId: 'appr_1',
    decisionId: 'dec_1',
    decision: 'approve',
    digest: CALL,
  },
  ...{ person: { id: 'grace', groups: ['finance'] }, authenticated: { by: 'oidc' }, time: at(0) },
};

/** Any header and payload, signed by RFC 8037's key. */
function forged(header: string, payload: string): string {
  const input = `${Buffer.from(header).toString('base64url')}.${Buffer.from(payload).toString('base64url')}`;
  const privateKey = createPrivateKey({ key: RFC_8037, format: 'jwk' });
  return `${input}.${sign(null, Buffer.from(input), privateKey).toString('base64url')}`;
}

test('a key is named by its thumbprint, and signs as RFC 8037 says', async () => {
  // Appendix A.3 and A.4.
  expect(key.kid).toBe(THUMBPRINT);
  expect(forged('{"alg":"EdDSA"}', 'Example of Ed25519 signing')).toBe(
    'eyJhbGciOiJFZERTQSJ9.RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc.' +
      'hgyY0il_MGCjP0JzlnLWG1PPOt7-09PGcvMg3AIbQR6dWbhijcNR4ki4iylGjg5BhVsPt9g7sVvpAr_MuM0KAg',
  );
  // The signature is deterministic: ours is the one that Node's own crypto makes of the same bytes.
  const header = Buffer.from(jws.split('.')[0]!, 'base64url').toString();
  expect(JSON.parse(header)).toEqual({ alg: 'EdDSA', kid: THUMBPRINT, typ: 'countersign-checkpoint' });
  expect(jws).toBe(forged(header, Buffer.from(jws.split('.')[1]!, 'base64url').toString()));
  expect(await readCheckpoint(jws, keys)).toEqual({ ok: true, checkpoint, kid: THUMBPRINT });
});

const header = (change: object) =>
  JSON.stringify({ alg: 'EdDSA', kid: THUMBPRINT, typ: 'countersign-checkpoint', ...change });
const payload = JSON.stringify({
  root: checkpoint.root,
  size: 0,
  tenant: TENANT,
  time: checkpoint.time,
  version: 1,
});

test.each([
  ['by a key that is not trusted', () => signCheckpoint(checkpoint, otherKey), /not trusted here/],
  ['by nobody', () => forged(header({ alg: 'none' }), payload), /must be signed with EdDSA/],
  [
    'as another kind of thing',
    () => forged(header({ typ: 'countersign-export' }), payload),
    /of the type "countersign-checkpoint"/,
  ],
  [
    'with a header that asks for more',
    () =>
      forged(`{"alg":"EdDSA","crit":["b64"],"kid":"${THUMBPRINT}","typ":"countersign-checkpoint"}`, payload),
    /alg, kid and typ alone/,
  ],
  ['with a payload in another form', () => forged(header({}), ` ${payload}`), /canonical JSON/],
  [
    'with a field more',
    () => forged(header({}), payload.replace('{', '{"a":1,')),
    /a field that is not known/,
  ],
  [
    'in another version',
    () => forged(header({}), payload.replace(':1}', ':2}')),
    /must be 1, the only version/,
  ],
  [
    'with spare bits',
    () => jws.slice(0, -1) + String.fromCharCode(jws.charCodeAt(jws.length - 1) + 1),
    /without spare bits/,
  ],
  ['with a changed payload', () => jws.replace(/\.e/, '.f'), /./],
  ['in two parts', () => jws.slice(0, jws.lastIndexOf('.')), /three parts/],
])('a checkpoint signed %s is refused', async (_, make, problem) => {
  expect(await readCheckpoint(await make(), keys)).toEqual({
    ok: false,
    problem: expect.stringMatching(problem) as unknown,
  });
});

test('the forged form is accepted when nothing is wrong with it', async () => {
  expect((await readCheckpoint(forged(header({}), payload), keys)).ok).toBe(true);
});

test.each([
  ['approvalId', 'appr_2'],
  ['decisionId', 'dec_2'],
  ['decision', 'deny'],
  ['digest', CALL.replace(/.$/, '0')],
  ['content', attestedContent({ note: 'Seen.' })],
  ['person', { id: 'gracf', groups: ['finance'] }],
  ['person', { id: 'grace', groups: ['finance', 'security'] }],
  ['authenticated', { by: 'key' }],
  ['time', at(1)],
] as const)('an attestation does not attest another %s', async (field, value) => {
  const signed = await signAttestation(attestation, key);
  const { version: _, ...expected } = attestation;
  expect(await verifyAttestation(signed, keys, { ...expected, content: undefined })).toMatchObject({
    ok: true,
    claims: attestation,
  });
  expect(await verifyAttestation(signed, keys, { ...expected, [field]: value })).toEqual({
    ok: false,
    problem: `is about another ${field}`,
  });
});

test("a tenant's key signs for no other tenant", async () => {
  const own = await readKeys({ keys: [{ ...key.publicJwk, tenant: 'globex' }] });
  expect(
    await verifyAttestation(await signAttestation(attestation, key), own, { tenant: TENANT }),
  ).toMatchObject({
    problem: expect.stringContaining('not trusted here') as unknown,
  });
  const globex = await signAttestation({ ...attestation, tenant: 'globex' }, key);
  expect(await verifyAttestation(globex, own, { tenant: 'globex' })).toMatchObject({ ok: true });
});

test.each([
  ['{', 'keys must be JSON'],
  [[], 'keys must be a JWKS'],
  [{ keys: [RFC_8037] }, 'keys.0.d is a private key'],
  [{ keys: [{ ...key.publicJwk, kty: 'RSA' }] }, 'keys.0.kty must be one of OKP'],
  [{ keys: [{ ...key.publicJwk, x: 'short' }] }, 'keys.0.x must be 32 bytes'],
  [{ keys: [key.publicJwk, { ...otherKey.publicJwk, kid: key.kid }] }, 'keys.1.kid must differ'],
])('keys that do not fit are refused with the field: %j', async (value, problem) => {
  await expect(readKeys(value)).rejects.toThrow(problem);
});

test('a private key whose halves do not belong together is refused', async () => {
  await expect(readSigningKey({ ...RFC_8037, x: otherKey.publicJwk.x })).rejects.toThrow(
    'its "d" must belong to its "x"',
  );
});
