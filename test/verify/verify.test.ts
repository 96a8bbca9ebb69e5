import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';

import { afterAll, beforeAll, describe, expect, test } from 'vitest';

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
const GOOD = [
  '../../examples/refund-desk/countersign.config.ts',
  '../../examples/quickstart/countersign.config.ts',
];

describe('verify', () => {
  let bank: Server;
  const verifications = new Map<string, Promise<Verification>>();
  const start = (name: string, file: string): void => {
    const configFile = fileURLToPath(new URL(file, import.meta.url));
    const verification = verify({ configFile });
    verification.catch(() => undefined); // told by its test
    verifications.set(name, verification);
  };

  beforeAll(async () => {
    bank = createServer((_request, response) => response.end('Paid.'));
    await new Promise<void>((resolve) => bank.listen(0, '127.0.0.1', resolve));
    process.env.VERIFY_BANK_URL = `http://127.0.0.1:${(bank.address() as AddressInfo).port}`;
    for (const fault of BROKEN) start(fault, `./broken/${fault}.ts`);
    for (const file of GOOD) start(file, file);
  });
  afterAll(() => bank.close());

  test.each(BROKEN)(
    'an application with the fault "%s" fails by that name, and by no other',
    async (fault) => {
      const verification = await verifications.get(fault);
      expect(brokenIn(verification)).toEqual([fault]);
    },
  );

  test.each(GOOD)('%s holds what it promises', async (file) => {
    const verification = await verifications.get(file);
    expect(brokenIn(verification)).toEqual([]);
    expect(verification?.ok).toBe(true);
  });
});

/** The names of what does not hold, each once. */
function brokenIn(verification: Verification | undefined): string[] {
  const checks = verification?.guarantees.flatMap((guarantee) => guarantee.checks) ?? [];
  return [...new Set(checks.flatMap(({ fault }) => fault ?? []))];
}
