import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterEach, beforeEach, expect, test } from 'vitest';

import { openLedger, type Ledger } from '../../../fault/ledger.ts';

let folder: string;
let ledger: Ledger;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'countersign-ledger-'));
  ledger = openLedger(join(folder, 'effects.db'));
});
afterEach(async () => {
  ledger.close();
  await rm(folder, { recursive: true });
});

const effect = {
  ...{ key: 'k', tool: 'pay', arguments: { orderId: 'A-1-0' }, tenant: 'acme', turnId: 't' },
  ...{ approvalId: 'k', approver: 'ada' },
};

test('two calls are two effects, unless the key counts once', () => {
  expect(ledger.perform(effect, 'each-call')).not.toBe(ledger.perform(effect, 'each-call'));
  expect(ledger.effects()).toHaveLength(2);
  const other = { ...effect, key: 'other' };
  expect(ledger.perform(other, 'once-per-key')).toBe(ledger.perform(other, 'once-per-key'));
  expect(ledger.effects()).toHaveLength(3);
  expect(ledger.attempts()).toHaveLength(4);
});

test('an effect is there for every reader of the file, with everything it was told', () => {
  expect(ledger.find('k')).toBeNull();
  const row = ledger.perform(effect, 'each-call');
  const reader = openLedger(join(folder, 'effects.db'));
  expect(reader.find('k')).toBe(row);
  expect(reader.effects()).toMatchObject([{ ...effect, row, pid: process.pid }]);
  reader.close();
});
