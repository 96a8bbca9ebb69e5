import { expect, test } from 'vitest';

import {
  createReceipt,
  entryLeaf,
  inclusionProof,
  signCheckpoint,
  verifyReceipt,
  type Receipt,
} from '@countersign/receipts';

import { attested, checkpointOf, key, keys, otherKey, readFrom, refunds, TENANT } from './support/record.ts';

const { entries, contents } = refunds(40);
entries[11] = await attested(entries[11]!);
const leaves = entries.map(entryLeaf);
const checkpoint = await signCheckpoint(checkpointOf(leaves), key);
const receipt: Receipt = await createReceipt({
  ...{ tenant: TENANT, approvalId: 'appr_2', entries: entries.slice(10, 15), checkpoint, jwks: keys.jwks },
  inclusion: (sequence) => inclusionProof(sequence, leaves.length, readFrom(leaves)),
  content: (digest) => contents.get(digest),
});
const copy = (change: (receipt: Receipt) => void): Receipt => {
  const changed = structuredClone(receipt);
  change(changed);
  return changed;
};

test('a receipt proves by itself that its entries are in the record', async () => {
  const report = {
    ok: true,
    intact: true,
    tenant: TENANT,
    entries: 5,
    contents: 3,
    from: 10,
    provenTo: 15,
    problems: [],
    findings: [],
  };
  expect(await verifyReceipt(JSON.stringify(receipt, null, 2), { keys })).toMatchObject({
    ...report,
    trust: 'trusted-keys',
  });
  expect(await verifyReceipt(receipt)).toMatchObject({ ...report, trust: 'own-keys' });
});

test.each<[string, (receipt: Receipt) => void, RegExp]>([
  [
    'an entry is changed',
    ({ entries: [, vote] }) => (vote!.entry.person = { id: 'mallory' }),
    /not the one that is in the tree/,
  ],
  ['a proof is changed', ({ entries: [first] }) => first!.proof.reverse(), /its proof was changed/],
  ['an entry stands twice', (changed) => changed.entries.push(changed.entries[4]!), /stands twice/],
  ['an entry of another approval', (changed) => (changed.approvalId = 'appr_3'), /of another approval/],
  [
    'a content is changed',
    ({ contents: kept }) => (kept![Object.keys(kept!)[0]!] = 'x'),
    /not the one of its digest/,
  ],
  [
    'a content that nobody named',
    ({ contents: kept }) => (kept![`sha256:${'0'.repeat(64)}`] = 'x'),
    /no entry names/,
  ],
  ['no entries', (changed) => (changed.entries = []), /no entries/],
  ['no signature', (changed) => (changed.checkpoint = checkpointOf(leaves)), /not signed/],
  [
    'another version',
    (changed) => ((changed as { version: number }).version = 2),
    /receipt.version must be 1/,
  ],
])('a receipt is refused: %s', async (_, change, problem) => {
  const { ok, problems } = await verifyReceipt(copy(change), { keys });
  expect([ok, problems.map((found) => found.problem).join(' ')]).toEqual([
    false,
    expect.stringMatching(problem),
  ]);
});

test.each<[what: string, from: string, to: string, problem: RegExp]>([
  ['half a character', '"Seen: 2."', '"\\ud83d"', /Lone surrogate/],
  ['nested without end', '"Seen: 2."', `${'['.repeat(50_000)}${']'.repeat(50_000)}`, /must be plain JSON/],
  ['a number that is none', '4200', '1e999', /Infinity/],
  ['a name twice', '"person":{', '"person":{"id":"mallory",', /each name once/],
  [
    'a name twice, written in two ways',
    '"person":{',
    String.raw`"person":{"\u0069d":"mallory",`,
    /each name once/,
  ],
])('a receipt with what no reader reads alike is refused: %s', async (_, from, to, problem) => {
  const json = JSON.stringify(receipt).replace(from, () => to);
  const { ok, problems } = await verifyReceipt(json, { keys });
  expect([ok, problems[0]?.problem]).toEqual([false, expect.stringMatching(problem)]);
});

test('a receipt signed by a key that is not trusted proves nothing', async () => {
  const signed = await signCheckpoint(checkpointOf(leaves), otherKey);
  const report = await verifyReceipt(
    copy((changed) => (changed.checkpoint = signed)),
    { keys },
  );
  expect(report).toMatchObject({ ok: false, intact: false, provenTo: 10 });
});
