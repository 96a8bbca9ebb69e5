import { contentDigest, entryLeaf, parseEntry } from '@countersign/receipts';
import { expect, test } from 'vitest';

import type { Fact, Question } from '../../../src/contracts/recording/fact.ts';
import { toEntry } from '../../../src/record/entries.ts';

const HALF = 'cut \ud83d';
const about = {
  ...{ approvalId: 'req_4f1c09d2a7b86e3355c0a1de', tool: 'refund', at: '2026-01-31T12:00:00.000Z' },
  digest: `sha256:${'0'.repeat(64)}`,
};
const asked = (question: Partial<Question>): Fact => ({
  ...about,
  is: 'requested',
  question: { arguments: {}, deadline: null, ...question } as Question,
});
const voted = (vote: object): Fact => ({
  ...about,
  is: 'voted',
  vote: {
    ...{ decisionId: 'd', decision: 'approve', decidedAt: about.at, source: 'signal' },
    approver: { id: 'grace' },
    ...vote,
  },
});

test.each<[what: string, fact: Fact]>([
  ['an output with half a character', { ...about, is: 'ended', outcome: 'executed', output: HALF }],
  ['a note with one', voted({ note: HALF })],
  ['arguments with one', asked({ arguments: { [HALF]: [HALF] } })],
  ['a reason with one', asked({ reason: HALF })],
  ['a requester with one', asked({ requestedBy: HALF })],
  ['a requester without a name', asked({ requestedBy: '' })],
  ['a requester with a long one', asked({ requestedBy: 'x'.repeat(5_000) })],
  ['an attestation that is empty', voted({ attestation: '' })],
  ['an attestation of any length', voted({ attestation: 'x'.repeat(200_000) })],
  ['a time of no calendar', voted({ attestation: 'x', decidedAt: 'yesterday' })],
  ['a time in the year 10,000', voted({ attestation: 'x', decidedAt: '+010000-01-01T00:00:00Z' })],
])('%s makes an entry that can be written', (_, fact) => {
  const { entry, contents } = toEntry({ tenant: 'acme' }, fact);
  const whole = parseEntry({ ...entry, version: 1, tenant: 'acme', sequence: 0 });
  expect(entryLeaf(whole)).toHaveLength(32);
  for (const { digest, content } of contents) expect(contentDigest(content)).toBe(digest);
});
