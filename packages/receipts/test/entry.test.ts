import { expect, test } from 'vitest';

import { canonical, contentDigest, entryLeaf, leafHash, parseEntry, toDigest } from '@countersign/receipts';

import { at, CALL } from './support/record.ts';

const entry = {
  ...{ version: 1, tenant: 'acme', sequence: 7, time: at(0), kind: 'requested', id: 'requested:appr_1' },
  ...{ approvalId: 'appr_1', digest: CALL, requester: 'ada', deadline: null, contents: { arguments: CALL } },
  rule: {
    approvers: ['finance'],
    quorum: { approve: 2, deny: 1, from: [{ group: 'security', atLeast: 1 }] },
    freshForMs: 900_000,
  },
};

test('an entry is read as it is, and its leaf is over its canonical JSON', () => {
  expect(parseEntry(entry)).toEqual(entry);
  expect(entryLeaf(parseEntry(entry))).toEqual(leafHash(Buffer.from(canonical(entry))));
  expect(canonical({ b: 1, a: [true, null, '€'] })).toBe('{"a":[true,null,"€"],"b":1}');
  expect(contentDigest('')).toBe(`sha256:12ae32cb1ec02d01eda3581b127c1fee3b0dc53572ed6baf239721a03d82e126`);
  expect(toDigest(leafHash(new Uint8Array()))).toBe(
    'sha256:6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d',
  );
});

test.each([
  [null, 'entry must be an object.'],
  [{ ...entry, version: 2 }, 'entry.version must be 1, the only version'],
  [{ ...entry, tenant: '' }, 'entry.tenant must be a text of 1 to 1000 characters.'],
  [{ ...entry, sequence: 1.5 }, 'entry.sequence must be a whole number of at least 0.'],
  [{ ...entry, time: '2026-03-01' }, 'entry.time must be a time in UTC with milliseconds'],
  [{ ...entry, kind: 'approved' }, 'entry.kind must be one of requested, voted,'],
  [{ ...entry, digest: 'sha256:00' }, 'entry.digest must be "sha256:" and 64 hexadecimal digits.'],
  [{ ...entry, person: { name: 'Grace' } }, 'entry.person.id is missing.'],
  [
    { ...entry, person: { id: 'grace', groups: 'finance' } },
    'entry.person.groups must be a list of at most 1000.',
  ],
  [
    { ...entry, rule: { quorum: { approve: 0, deny: 1 } } },
    'entry.rule.quorum.approve must be a whole number of at least 1.',
  ],
  [{ ...entry, rule: { notRequester: false } }, 'entry.rule.notRequester must be true, or be left out.'],
  [{ ...entry, contents: { note: 'Seen.' } }, 'entry.contents.note must be "sha256:"'],
  [{ ...entry, secret: 'x' }, 'entry has a field that is not known; known are version, tenant,'],
])('an entry that does not fit is refused with the field and what is allowed: %#', (value, message) => {
  expect(() => parseEntry(value)).toThrow(message);
});

test('what JSON cannot carry has no digest', () => {
  expect(() => contentDigest(Number.NaN)).toThrow('value must be plain JSON');
  expect(() => contentDigest(undefined)).toThrow('value must be plain JSON');
  expect(() => contentDigest('\ud800')).toThrow('value must be plain JSON');
});
