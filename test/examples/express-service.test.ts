import { afterAll, beforeAll, expect, test } from 'vitest';

import type { Approval } from '../../src/contracts/approval/approval.ts';
import { freePort } from '../../src/cli/temporal/ports.ts';
import { commandsOf, type Clone } from './clone.ts';
import { makeServiceClone } from './service.ts';

const [startCommand = '', ask = '', look = '', approve = '', lookAgain = ''] = commandsOf('express-service');
let clone: Clone;
let port: number;

beforeAll(async () => {
  clone = await makeServiceClone('express-service');
  port = await freePort();
  await clone.start(startCommand, { PORT: String(port) }).says('listens at');
});
afterAll(() => clone.remove());

/** A command of the README, with what it leaves open filled in. */
function curl(command: string, values: Record<string, string> = {}): Promise<string> {
  const filled = command.replace(/<(\w+)>/g, (_, name: string) => values[name] ?? '');
  return clone.run(filled.replace('127.0.0.1:3000', `127.0.0.1:${port}`));
}

test('it is typed', async () => {
  await clone.run('node_modules/.bin/tsc --project examples/express-service');
});

test('a user of the service asks, another one who is signed in decides, and the record names that one', async () => {
  const { turnId } = JSON.parse(await curl(ask)) as { turnId: string };
  const { status, approvals } = JSON.parse(await curl(look, { turnId })) as {
    status: string;
    approvals: [Approval];
  };
  const [{ approvalId, argumentsDigest, arguments: args }] = approvals;
  expect({ status, args }).toMatchObject({ status: 'awaiting_decision', args: { orderId: 'A-1042' } });

  const byAda = approve.replace('grace:grace', 'ada:ada');
  expect(await curl(byAda, { approvalId, argumentsDigest })).toContain('Only support decides.');
  const byAnyone = approve.replace('grace:grace', 'grace:guessed');
  expect(await curl(byAnyone, { approvalId, argumentsDigest })).toContain('Sign in first.');
  const ofOther = { approvalId, argumentsDigest: `sha256:${'0'.repeat(64)}` };
  expect(await curl(approve, ofOther)).toContain('error');

  expect(await curl(approve, { approvalId, argumentsDigest })).toContain('"outcome":"applied"');
  expect(await curl(lookAgain, { turnId })).toContain('Refunded 42.00 EUR for order A-1042.');
  const { decision } = await clone.ask<Approval>(`/v1/approvals/${approvalId}`);
  expect(decision?.approver).toEqual({ id: 'grace', groups: ['support'] });
});
