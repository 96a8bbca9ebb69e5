import { randomUUID } from 'node:crypto';

import { Connection } from '@temporalio/client';
import { afterAll, beforeAll, expect, test } from 'vitest';

import { createClient, type CountersignClient } from '../../src/client.ts';
import { temporalAddress } from '../setup/temporal.ts';

const TENANT = 'acme';
const taskQueue = `read-turn-${randomUUID()}`;
let client: CountersignClient;
let connection: Connection;

beforeAll(async () => {
  const address = temporalAddress();
  connection = await Connection.connect({ address });
  const temporal = { connection: { address }, namespace: 'default', taskQueue };
  client = await createClient({ ...temporal, updateLimitMs: 1_000 });
});
afterAll(async () => {
  await client.close();
  await connection.close();
});

test('a turn that a slow worker has not begun is found, though the history does not have its message yet', async () => {
  // A worker that takes the conversation's first task and never answers it: the signal waits behind that task.
  const slow = connection.withDeadline(Date.now() + 30_000, () =>
    connection.workflowService.pollWorkflowTaskQueue({
      namespace: 'default',
      taskQueue: { name: taskQueue },
    }),
  );
  const { turnId, status } = await client.startTurn({
    tenant: TENANT,
    conversationId: 'slow',
    message: 'single',
  });
  expect(status).toBe('queued');
  expect((await slow).workflowExecution?.workflowId).toBe(`conversation.${TENANT}.slow`);
  expect(await client.getTurn(TENANT, turnId)).toMatchObject({ turnId, status: 'queued' });
});
