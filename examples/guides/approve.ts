/**
 * Approves from a program, through Temporal, with no gateway:
 *
 *   node --conditions=countersign-source examples/guides/approve.ts <approvalId>
 */
import { createClient } from 'countersign/client';

const [approvalId = ''] = process.argv.slice(2);
const client = await createClient({
  connection: { address: process.env.TEMPORAL_ADDRESS ?? '127.0.0.1:7233' },
  namespace: 'default',
  taskQueue: process.env.COUNTERSIGN_TASK_QUEUE ?? 'countersign',
});

// #region decide
const approval = await client.getApproval('dev', approvalId);
if (approval === null) throw new Error(`There is no approval "${approvalId}".`);
const receipt = await client.decide('dev', {
  approvalId,
  argumentsDigest: approval.argumentsDigest,
  decision: 'approve',
  approver: { id: 'night-shift', groups: ['finance'] },
  note: 'Below the limit of the night shift.',
});
console.log(receipt?.outcome);
// #endregion decide

await client.close();
