/** The application behind the pictures: three desks whose gated calls fill an inbox. */
import { defineApp, defineAssistant, defineTool, MODEL, requireApproval } from 'countersign';
import { z } from 'zod';

const refundOrder = defineTool({
  name: 'refund_order',
  description: 'Pay the customer of an order money back.',
  parameters: z.strictObject({ orderId: z.string(), amountCents: z.int().positive(), reason: z.string() }),
  policy: requireApproval({
    within: '4h',
    approvers: ['finance'],
    reason: 'Refunds of 10 EUR and more need a person.',
    ladder: [{ after: '1s', tell: ['managers'] }],
  }),
  present: ({ orderId, amountCents, reason }, { user }) => ({
    title: `Refund of order ${orderId}`,
    summary: 'The money goes back to the card that paid for the order.',
    fields: [
      { label: 'Amount', kind: 'money', value: amountCents / 100, currency: 'EUR' },
      { label: 'Customer', kind: 'person', value: user ?? 'unknown' },
      { label: 'Reason', kind: 'text', value: reason },
    ],
    risk: 'medium',
  }),
  execute: ({ orderId, amountCents }) => `Refunded ${(amountCents / 100).toFixed(2)} EUR for ${orderId}.`,
});

const deployService = defineTool({
  name: 'deploy_service',
  description: 'Roll a version of a service out.',
  parameters: z.strictObject({ service: z.string(), version: z.string(), environment: z.string() }),
  policy: requireApproval({ within: '1d', reason: 'Production deploys need a release manager.', notify: [] }),
  execute: ({ service, version }) => `${service} ${version} is in production.`,
});

const deleteWorkspace = defineTool({
  name: 'delete_workspace',
  description: 'Delete a workspace with all its files.',
  parameters: z.strictObject({ workspace: z.string(), files: z.int() }),
  policy: requireApproval({
    within: '2d',
    reason: 'Nothing brings a deleted workspace back.',
    notify: [],
  }),
  execute: ({ workspace }) => `${workspace} is gone.`,
});

const tools = [refundOrder, deployService, deleteWorkspace];

export default defineApp({
  assistants: [defineAssistant({ name: 'operations', model: MODEL, instructions: 'Do as asked.', tools })],
});
