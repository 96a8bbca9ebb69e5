import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import type { CheckName } from '../../src/verify/findings.ts';
import { verify } from '../../src/verify/verify.ts';
import { testFolder } from '../support/folder.ts';

/** One takes a quarter of a minute; three at once on a busy machine take longer. */
const LIMIT_MS = 240_000;

/** With checks that hold there, beside those that hold for every tool, and checks that nothing was seen of. */
const GOOD: [file: string, checks: CheckName[], untried: CheckName[]][] = [
  [
    'quickstart/countersign.config.ts',
    ['effect-once', 'edit-runs-as-edited', 'lost-answer'],
    ['stops-when-told'],
  ],
  [
    'refund-desk/countersign.config.ts',
    ['same-answer', 'late-decision-refused', 'decided-while-down'],
    ['effect-once'],
  ],
  ['guides/verified.config.ts', ['reconcile-true', 'effect-once', 'outsider-refused', 'outlives-run'], []],
  [
    '../test/verify/two-votes.ts',
    ['one-vote-of-many', 'replay-counts-once', 'denied-not-run', 'killed-worker'],
    [],
  ],
];

describe('verify', () => {
  let bank: Server;
  beforeAll(async () => {
    bank = createServer((_request, response) => response.end('Paid.'));
    await new Promise<void>((resolve) => bank.listen(0, '127.0.0.1', resolve));
    process.env.VERIFY_BOOK = join(testFolder(), 'book');
    process.env.VERIFY_BANK_URL = `http://127.0.0.1:${(bank.address() as AddressInfo).port}`;
  });
  afterAll(() => bank.close());

  test.concurrent(
    'a tool with a fault fails by that name, and by no other',
    async () => {
      const { guarantees, tools } = await verify({ configFile: pathOf('broken/each-fault.ts') });
      const faults = guarantees.flatMap(({ checks }) =>
        checks.flatMap(({ tool, fault }) => (fault === undefined ? [] : [`${tool}: ${fault}`])),
      );
      expect(tools).toHaveLength(12);
      // A second effect that countEffects alone can see is one, too.
      const expected = tools.map(({ name }) => `${name}: ${name.replace('counted_', '')}`);
      expect([...new Set(faults)].sort()).toEqual(expected.sort());
    },
    LIMIT_MS,
  );

  test.concurrent.each(GOOD)(
    'the application %s holds what it promises, and what was not seen is not said to hold',
    async (file, checks, unseen) => {
      const verification = await verify({ configFile: pathOf(`../../examples/${file}`) });
      expect(verification.ok).toBe(true);
      const all = verification.guarantees.flatMap((guarantee) => guarantee.checks);
      const withStatus = (wanted: string) =>
        all.filter(({ status }) => status === wanted).map(({ check }) => check);
      expect(withStatus('broken')).toEqual([]);
      expect(withStatus('holds')).toEqual(expect.arrayContaining(checks));
      expect(withStatus('not-exercised')).toEqual(expect.arrayContaining(unseen));
      expect(verification.tools.filter(({ call }) => call === null)).toEqual([]);
    },
    LIMIT_MS,
  );
});

function pathOf(file: string): string {
  return fileURLToPath(new URL(file, import.meta.url));
}
