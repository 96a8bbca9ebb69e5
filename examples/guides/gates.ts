/** The gates of docs/guides: pieces to start from, each a region that a page shows. */
import { allow, defineTool, forbid, requireApproval, type Policy } from 'countersign';
import { z } from 'zod';

import { bank, directory } from './systems.ts';

// #region arguments
export const refundOrder = defineTool({
  name: 'refund_order',
  description: 'Pay the customer of an order money back.',
  parameters: z.strictObject({ orderId: z.string(), amountCents: z.int().positive() }),
  policy: ({ amountCents }) => {
    if (amountCents < 1_000) return allow();
    if (amountCents > 100_000) return forbid('Refunds above 1,000 EUR are made by the bank desk.');
    return requireApproval({ within: '4h', approvers: ['finance'], reason: 'Money leaves the house.' });
  },
  effect: 'idempotent',
  execute: (refund, { idempotencyKey }) => bank.refund(refund, idempotencyKey),
});
// #endregion arguments

// #region context
const unlessAdministrator: Policy<{ city: string }> = (_, context) =>
  context.role === 'administrator' ? allow() : requireApproval({ reason: 'Asked by somebody else.' });
// #endregion context

// #region reconcilable
export const payInvoice = defineTool({
  name: 'pay_invoice',
  description: 'Pay an invoice.',
  parameters: z.strictObject({ invoice: z.string(), amountCents: z.int().positive() }),
  policy: requireApproval({ within: '3d', approvers: ['finance'] }),
  effect: 'reconcilable',
  execute: (payment, { idempotencyKey }) => bank.pay(payment, idempotencyKey),
  reconcile: async (idempotencyKey) => {
    const payment = await bank.find(idempotencyKey);
    return payment === null ? { done: false } : { done: true, output: payment };
  },
});
// #endregion reconcilable

// #region four-eyes
export const payOut = defineTool({
  name: 'pay_out',
  description: 'Pay money out to a bank account.',
  parameters: z.strictObject({ account: z.string(), amountCents: z.int().positive() }),
  policy: requireApproval({
    within: '1d',
    approvers: ['finance', 'security'],
    quorum: { approve: 2, deny: 1, from: [{ group: 'security', atLeast: 1 }] },
    notRequester: true,
    note: 'deny',
    breakGlass: { groups: ['on-call'] },
  }),
  effect: 'reconcilable',
  execute: (payment, { idempotencyKey }) =>
    bank.pay({ ...payment, invoice: payment.account }, idempotencyKey),
  reconcile: async (idempotencyKey) => {
    const payment = await bank.find(idempotencyKey);
    return payment === null ? { done: false } : { done: true, output: payment };
  },
});
// #endregion four-eyes

// #region precondition
export const closeEmptyAccount = defineTool({
  name: 'close_account',
  description: 'Close an account for good.',
  parameters: z.strictObject({ account: z.string() }),
  policy: requireApproval({ within: '7d', approvers: ['support'], freshFor: '15m' }),
  precondition: async ({ account }) =>
    (await bank.balanceOf(account)) === 0
      ? { ok: true }
      : { ok: false, reason: `Money has come in on ${account}.` },
  execute: ({ account }) => bank.close(account),
});
// #endregion precondition

// #region present
export const refundShown = defineTool({
  name: 'refund_order',
  description: 'Pay the customer of an order money back.',
  parameters: z.strictObject({ orderId: z.string(), amountCents: z.int().positive() }),
  policy: requireApproval({ within: '4h' }),
  present: ({ orderId, amountCents }) => ({
    title: `Refund of order ${orderId}`,
    fields: [{ label: 'Amount', kind: 'money', value: amountCents / 100, currency: 'EUR' }],
    risk: amountCents > 50_000 ? 'high' : 'low',
  }),
  effect: 'idempotent',
  execute: (refund, { idempotencyKey }) => bank.refund(refund, idempotencyKey),
});
// #endregion present

// #region identity
export const closeAccount = defineTool({
  name: 'close_account',
  description: 'Close a customer’s account.',
  parameters: z.strictObject({ userId: z.string() }),
  identityFields: { userId: 'whose account is closed; who may close it follows from the context' },
  policy: requireApproval({ approvers: ['support-leads'] }),
  execute: ({ userId }, { context }) => directory.close(userId, { tenant: context.tenant }),
});
// #endregion identity

export const openStore = defineTool({
  name: 'open_store',
  description: 'Open a store in a city.',
  parameters: z.strictObject({ city: z.string() }),
  policy: unlessAdministrator,
  execute: ({ city }) => `Opened in ${city}.`,
});

// #region ladder
export const climbs = requireApproval({
  within: '1d',
  approvers: ['finance'],
  notify: ['mail'],
  ladder: [
    { after: '30m', remind: true },
    { after: '2h', tell: ['managers'] },
    { after: '8h', mayDecide: ['directors'] },
  ],
});
// #endregion ladder
