import { expect, test } from 'vitest';

import { closeAccount, openStore, payInvoice, refundOrder } from '../../../examples/guides/gates.ts';
import type { ToolContext } from '../../../src/index.ts';

/** The gates that docs/guides show do what the pages say of them. */
const context = { tenant: 'acme', user: 'ada' };
const attempt: ToolContext = {
  ...{ context, conversationId: 'c-1', turnId: 't-1', idempotencyKey: 'key-1' },
  signal: new AbortController().signal,
};

test('a policy judges by the arguments', async () => {
  const verdict = (amountCents: number) => refundOrder.judge({ orderId: 'A-1', amountCents }, context);
  expect(await verdict(900)).toMatchObject({ kind: 'allow' });
  expect(await verdict(4_200)).toMatchObject({
    kind: 'ask',
    approvers: ['finance'],
    withinMs: 4 * 3_600_000,
  });
  expect(await verdict(200_000)).toMatchObject({ kind: 'forbid' });
});

test('a policy judges by the trusted context', async () => {
  expect(await openStore.judge({ city: 'Graz' }, { ...context, role: 'administrator' })).toMatchObject({
    kind: 'allow',
  });
  expect(await openStore.judge({ city: 'Graz' }, context)).toMatchObject({ kind: 'ask' });
});

test('a reconcilable tool knows what it has done by the key', async () => {
  const invoice = { invoice: 'I-7', amountCents: 100 };
  expect(await payInvoice.reconcile?.(invoice, attempt)).toEqual({ done: false });
  const output = await payInvoice.execute(invoice, attempt);
  expect(await payInvoice.reconcile?.(invoice, attempt)).toEqual({ done: true, output });
});

test('for which tenant a tool acts follows from the context', async () => {
  expect(await closeAccount.execute({ userId: 'u-7' }, attempt)).toBe('Closed u-7 of acme.');
});

test.each(['files', 'handover', 'parked'])('%s.config.ts of the guides is an application', async (name) => {
  const { default: app } = (await import(`../../../examples/guides/${name}.config.ts`)) as {
    default: unknown;
  };
  expect(app).toMatchObject({ assistants: expect.anything() as unknown });
});
