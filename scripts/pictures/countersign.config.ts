/** The application behind the pictures: three desks whose gated calls fill an inbox. */
import { defineApp, defineAssistant, defineTool, MODEL, requireApproval } from 'countersign';
import { z } from 'zod';

const refundOrder = defineTool({
  name: 'refund_order',
  description: 'Pay the customer of an order money back.',
  parameters: z.strictObject({ orderId: z.string(), amountCents: z.int().positive(), reason: z.string() }),
  policy: requireApproval({ approvers: ['finance'], reason: 'Refunds of 10 EUR and more need a person.' }),
  execute: () => 'Refunded.',
});

const deployService = defineTool({
  name: 'deploy_service',
  description: 'Roll a version of a service out.',
  parameters: z.strictObject({ service: z.string(), version: z.string(), environment: z.string() }),
  policy: requireApproval({ within: '4h', reason: 'Production deploys need a release manager.' }),
  execute: () => 'Deployed.',
});

const deleteWorkspace = defineTool({
  name: 'delete_workspace',
  description: 'Delete a workspace with all its files.',
  parameters: z.strictObject({ workspace: z.string(), files: z.int() }),
  policy: requireApproval({ within: '2d', reason: 'Nothing brings a deleted workspace back.' }),
  execute: () => 'Deleted.',
});

const tools = [refundOrder, deployService, deleteWorkspace];

export default defineApp({
  assistants: [defineAssistant({ name: 'operations', model: MODEL, instructions: 'Do as asked.', tools })],
});
