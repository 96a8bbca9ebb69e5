import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import type { CheckName } from '../../src/verify/findings.ts';
import { verify, type Verification } from '../../src/verify/verify.ts';

/** Each is a file of that name under broken/, and fails by it. */
const BROKEN = [
  'answer-changes',
  'changes-arguments',
  'deadline-cut',
  'does-not-load',
  'effect-twice',
  'ignores-stop',
  'nobody-may-approve',
  'policy-throws',
  'policy-wavers',
  'reconcile-denies',
  'reconcile-invents',
  'tool-throws',
];
/** One takes a quarter of a minute, five at once on a busy machine take longer. */
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
];

describe('verify', () => {
  const folder = mkdtempSync(join(tmpdir(), 'verify-test-'));
  let bank: Server;
  beforeAll(async () => {
    bank = createServer((_request, response) => response.end('Paid.'));
    await new Promise<void>((resolve) => bank.listen(0, '127.0.0.1', resolve));
    process.env.VERIFY_BOOK = join(folder, 'book');
    process.env.VERIFY_BANK_URL = `http://127.0.0.1:${(bank.address() as AddressInfo).port}`;
  });
  afterAll(() => {
    bank.close();
    rmSync(folder, { recursive: true });
  });

  test.concurrent.each(BROKEN)(
    'an application with the fault "%s" fails by that name, and by no other',
    async (fault) => {
      expect(brokenIn(await verify({ configFile: pathOf(`broken/${fault}.ts`) }))).toEqual([fault]);
    },
    LIMIT_MS,
  );

  test.concurrent(
    'a second effect that countEffects alone can see is found',
    async () => {
      expect(brokenIn(await verify({ configFile: pathOf('broken/counted-twice.ts') }))).toEqual([
        'effect-twice',
      ]);
    },
    LIMIT_MS,
  );

  test.concurrent.each(GOOD)(
    'the application %s holds what it promises, and what was not seen is not said to hold',
    async (file, checks, unseen) => {
      const verification = await verify({
        configFile: pathOf(`../../examples/${file}`),
      });
      expect(brokenIn(verification)).toEqual([]);
      expect(verification.ok).toBe(true);
      const all = verification.guarantees.flatMap((guarantee) => guarantee.checks);
      const holding = all.filter(({ status }) => status === 'holds').map(({ check }) => check);
      expect(holding).toEqual(expect.arrayContaining(checks));
      const untold = all.filter(({ status }) => status === 'not-exercised').map(({ check }) => check);
      expect(untold).toEqual(expect.arrayContaining(unseen));
      const untried = verification.tools.filter(({ call }) => call === null);
      expect(untried).toEqual([]);
    },
    LIMIT_MS,
  );
});

function pathOf(file: string): string {
  return fileURLToPath(new URL(file, import.meta.url));
}

/** The names of what does not hold, each once. */
function brokenIn({ guarantees }: Verification): string[] {
  const checks = guarantees.flatMap((guarantee) => guarantee.checks);
  return [...new Set(checks.flatMap(({ fault }) => fault ?? []))];
}
