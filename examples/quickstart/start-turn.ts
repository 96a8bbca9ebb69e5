import { createClient } from 'countersign/client';

const client = await createClient({
  connection: { address: process.env.TEMPORAL_ADDRESS ?? '127.0.0.1:7233' },
  namespace: 'default',
  taskQueue: 'countersign',
});
const { turnId } = await client.startTurn({
  tenant: 'dev',
  conversationId: 'order-4711',
  message: 'Please refund order A-1042, it arrived broken',
  context: { user: 'ada' },
});
const turn = await client.getTurn('dev', turnId, 30_000);
console.log(turn?.status, turn?.approvals.at(-1)?.approvalId ?? turn?.reply);
await client.close();
