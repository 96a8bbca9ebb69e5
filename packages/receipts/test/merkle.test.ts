import { readFileSync } from 'node:fs';

import { expect, test } from 'vitest';

import {
  consistencyProof,
  inclusionProof,
  leafHash,
  nodeHash,
  rootOf,
  verifyConsistency,
  verifyInclusion,
} from '@countersign/receipts';

import { readFrom } from './support/record.ts';

interface InclusionVector {
  file: string;
  leafIdx: number;
  treeSize: number;
  root: string;
  leafHash: string;
  proof: string[] | null;
  wantErr: boolean;
}

interface ConsistencyVector {
  file: string;
  size1: number;
  size2: number;
  root1: string;
  root2: string;
  proof: string[] | null;
  wantErr: boolean;
}

const vectors = <Vector>(name: string): Vector[] =>
  JSON.parse(readFileSync(new URL(`vectors/${name}.json`, import.meta.url), 'utf8')) as Vector[];
const bytes = (base64: string): Uint8Array => Buffer.from(base64, 'base64');
const hex = (hash: Uint8Array): string => Buffer.from(hash).toString('hex');

/** Leaves and roots of 1 to 8 of them, of Certificate Transparency: transparency-dev/merkle, proof/verify_test.go. */
const LEAVES = [
  '',
  '00',
  '10',
  '2021',
  '3031',
  '40414243',
  '5051525354555657',
  '606162636465666768696a6b6c6d6e6f',
].map((leaf) => leafHash(Buffer.from(leaf, 'hex')));
const ROOTS = [
  'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855',
  '6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d',
  'fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125',
  'aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77',
  'd37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7',
  '4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4',
  '76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef',
  'ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c',
  '5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328',
];

test("hashes and roots are Certificate Transparency's", () => {
  // rfc6962/rfc6962_test.go of the same repository.
  expect(hex(leafHash(Buffer.from('L123456')))).toBe(
    '395aa064aa4c29f7010acfe3f25db9485bbd4b91897b6ad7ad547639252b4d56',
  );
  expect(hex(nodeHash(Buffer.from('N123'), Buffer.from('N456')))).toBe(
    'aa217fe888e47007fa15edab33c2b492a722cb106c64667fc2b044444de66bbb',
  );
  expect(ROOTS.map((_, size) => hex(rootOf(LEAVES.slice(0, size))))).toEqual(ROOTS);
});

test('the public vectors of inclusion proofs are judged alike', () => {
  const misjudged = vectors<InclusionVector>('inclusion').filter((vector) => {
    const { leafIdx: index, treeSize: size, root, leafHash: leaf, proof, wantErr } = vector;
    const hashes = (proof ?? []).map(bytes);
    return verifyInclusion({ leaf: bytes(leaf), index, size, proof: hashes, root: bytes(root) }) === wantErr;
  });
  expect(misjudged).toEqual([]);
});

test('the public vectors of consistency proofs are judged alike', () => {
  const misjudged = vectors<ConsistencyVector>('consistency').filter((vector) => {
    const { size1: first, size2: second, root1, root2, proof, wantErr } = vector;
    const roots = { firstRoot: bytes(root1), secondRoot: bytes(root2) };
    return verifyConsistency({ first, second, ...roots, proof: (proof ?? []).map(bytes) }) === wantErr;
  });
  expect(misjudged).toEqual([]);
});

test('proofs are made of the nodes that RFC 9162, section 2.1.5 names', async () => {
  const [a, b, c, d, e, f, j] = LEAVES as [
    Uint8Array,
    Uint8Array,
    Uint8Array,
    Uint8Array,
    Uint8Array,
    Uint8Array,
    Uint8Array,
  ];
  const [g, h, i] = [nodeHash(a, b), nodeHash(c, d), nodeHash(e, f)];
  const [k, l] = [nodeHash(g, h), nodeHash(i, j)];
  const read = readFrom(LEAVES);
  expect(await inclusionProof(0, 7, read)).toEqual([b, h, l]);
  expect(await inclusionProof(3, 7, read)).toEqual([c, g, l]);
  expect(await inclusionProof(4, 7, read)).toEqual([f, j, k]);
  expect(await inclusionProof(6, 7, read)).toEqual([i, k]);
  expect(await consistencyProof(3, 7, read)).toEqual([c, d, g, l]);
  expect(await consistencyProof(4, 7, read)).toEqual([l]);
  expect(await consistencyProof(6, 7, read)).toEqual([i, j, k]);
});

test('every proof of every tree up to 33 leaves verifies, and none of another leaf or size does', async () => {
  const leaves = Array.from({ length: 33 }, (_, index) => leafHash(Buffer.from([index])));
  const read = readFrom(leaves);
  const roots = [...leaves, null].map((_, size) => rootOf(leaves.slice(0, size)));
  for (let size = 1; size <= leaves.length; size += 1) {
    const root = roots[size]!;
    for (let index = 0; index < size; index += 1) {
      const inclusion = {
        leaf: leaves[index]!,
        index,
        size,
        proof: await inclusionProof(index, size, read),
        root,
      };
      expect(verifyInclusion(inclusion)).toBe(true);
      expect(verifyInclusion({ ...inclusion, index: (index + 1) % (size + 1) })).toBe(false);
      const consistency = { first: index, second: size, firstRoot: roots[index]!, secondRoot: root };
      if (index === 0) continue;
      const proof = await consistencyProof(index, size, read);
      expect(verifyConsistency({ ...consistency, proof })).toBe(true);
      expect(verifyConsistency({ ...consistency, firstRoot: roots[index - 1]!, proof })).toBe(false);
    }
  }
});

test('a proof with a hash too many leads nowhere, also to the root that it would make', () => {
  const [c, d, g, more] = LEAVES as [Uint8Array, Uint8Array, Uint8Array, Uint8Array];
  const inclusion = { leaf: c, index: 0, size: 1, proof: [more], root: nodeHash(more, c) };
  expect(verifyInclusion(inclusion)).toBe(false);
  const [firstRoot, secondRoot] = [nodeHash(g, c), nodeHash(g, nodeHash(c, d))];
  expect(verifyConsistency({ first: 3, second: 4, firstRoot, secondRoot, proof: [c, d, g] })).toBe(true);
  const [first, second] = [nodeHash(more, firstRoot), nodeHash(more, secondRoot)];
  const longer = { first: 3, second: 4, firstRoot: first, secondRoot: second, proof: [c, d, g, more] };
  expect(verifyConsistency(longer)).toBe(false);
});
