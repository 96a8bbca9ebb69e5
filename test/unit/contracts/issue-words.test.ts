import { expect, it } from 'vitest';
import { z } from 'zod';

import { issueWords } from '../../../src/contracts/issue-words.ts';

const refund = z.strictObject({
  amountCents: z.number().int().positive().max(100_000).multipleOf(5),
  reason: z.string().min(1).max(20),
  speed: z.enum(['slow', 'fast']),
  to: z.email(),
  tags: z.array(z.string()).max(1),
  by: z.union([z.string(), z.number()]),
  code: z.string().regex(/^X/, 'must begin with X'),
});
const good = { amountCents: 5, reason: 'a', speed: 'slow', to: 'a@b.example', tags: [], by: 1, code: 'X' };

it('a value that fits has nothing wrong', () => {
  expect(refund.safeParse(good, { error: issueWords }).success).toBe(true);
});

it.each([
  [{ amountCents: '5' }, 'must be a number'],
  [{ amountCents: 5.5 }, 'must be a whole number'],
  [{ amountCents: 0 }, 'must be more than 0'],
  [{ amountCents: 100_005 }, 'must be at most 100000'],
  [{ amountCents: 7 }, 'must be a multiple of 5'],
  [{ reason: undefined }, 'is missing'],
  [{ reason: null }, 'must be a text'],
  [{ reason: '' }, 'must have at least 1 character'],
  [{ reason: 'x'.repeat(21) }, 'must have at most 20 characters'],
  [{ speed: 'warp' }, 'must be one of slow, fast'],
  [{ to: 'ada' }, 'must be an e-mail address'],
  [{ tags: ['a', 'b'] }, 'must have at most 1 entry'],
  [{ by: true }, 'has none of the allowed forms'],
  [{ more: 1 }, 'has unknown fields: more; leave them out'],
  [{ code: 'Y' }, 'must begin with X'],
])('%j %s', (wrong, words) => {
  const parsed = refund.safeParse({ ...good, ...wrong }, { error: issueWords });
  expect(parsed.error?.issues[0]?.message).toBe(words);
});
