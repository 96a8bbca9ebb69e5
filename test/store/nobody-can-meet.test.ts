import { beforeAll, describe, expect, test } from 'vitest';

import { whyNobodyCanMeet, type AskedOf } from '../../src/record/nobody-can-meet.ts';
import { KINDS, storeOn } from './databases.ts';

const PEOPLE = [
  { id: 'ada', groups: ['finance'] },
  { id: 'bob', groups: ['finance', 'security'] },
  { id: 'eve', groups: ['finance', 'audit'] },
  { id: 'cleo', groups: ['board'] },
];
const two = { quorum: { approve: 2, deny: 1 } };

describe.each(KINDS)('why nobody of the directory can meet a rule (%s)', (kind) => {
  const on = storeOn(kind);
  beforeAll(async () => {
    await on.store.people.put('acme', PEOPLE);
    await on.store.revocations.revoke('acme', 'eve');
  });

  test.each<[string, AskedOf, string | null]>([
    ['anybody may decide', {}, null],
    ['a group has enough people', { approvers: ['finance'], rule: two }, null],
    ['two groups have enough together', { approvers: ['board', 'security'], rule: two }, null],
    [
      'a group has nobody',
      { approvers: ['legal'] },
      'one person of legal must approve, and nobody of the directory can',
    ],
    [
      'its only member has lost the right',
      { approvers: ['audit'] },
      'one person of audit must approve, and nobody of the directory can',
    ],
    [
      'the quorum is larger than the group',
      { approvers: ['finance'], rule: { quorum: { approve: 3, deny: 1 } } },
      '3 people of finance must approve, and the directory has 2 people there',
    ],
    [
      'one person belongs to both groups',
      { approvers: ['security', 'audit'], rule: two },
      '2 people of security, audit must approve, and the directory has one person there',
    ],
    [
      'a share is larger than its group',
      { rule: { quorum: { approve: 2, deny: 1, from: [{ group: 'security', atLeast: 2 }] } } },
      '2 people of security must approve, and the directory has one person there',
    ],
    [
      'of its share nobody may decide',
      {
        approvers: ['finance'],
        rule: { quorum: { approve: 1, deny: 1, from: [{ group: 'board', atLeast: 1 }] } },
      },
      'one person of board must approve, and nobody of the directory can',
    ],
    [
      'the requester is the only member',
      { approvers: ['board'], rule: { notRequester: true }, requestedBy: 'Cleo' },
      'one person of board must approve, and the directory has nobody there beside the requester',
    ],
    ['the requester may decide', { approvers: ['board'], requestedBy: 'cleo' }, null],
  ])('%s', async (_what, asked, why) => {
    expect(await whyNobodyCanMeet(on.store.people, 'acme', asked)).toBe(why);
  });

  test('a tenant without a directory has no such rule', async () => {
    expect(await whyNobodyCanMeet(on.store.people, 'globex', { approvers: ['legal'] })).toBeNull();
  });
});
