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

/** A worker that takes the next task of the queue and does not answer it. */
const takeTask = () =>
  connection.withDeadline(Date.now() + 30_000, () =>
    connection.workflowService.pollWorkflowTaskQueue({
      namespace: 'default',
      taskQueue: { name: taskQueue },
    }),
  );

test('turns that a slow worker has not begun are found', async () => {
  const said = { tenant: TENANT, conversationId: 'slow' };
  const first = await client.startTurn({ ...said, message: 'single' });
  expect(first.status).toBe('queued');
  expect((await takeTask()).workflowExecution?.workflowId).toBe(`conversation.${TENANT}.slow`);
  expect(await client.getTurn(TENANT, first.turnId)).toMatchObject(first);
  expect(await client.getConversation(TENANT, 'slow')).toMatchObject({ turns: [{ status: 'queued' }] });
  // The second one is left as a signal, which waits behind the worker's task: the history does not have it yet.
  const second = await client.startTurn({ ...said, message: 'single' });
  expect(second.status).toBe('queued');
  expect(await client.getTurn(TENANT, second.turnId)).toMatchObject(second);
  for (const waitMs of [0, 500]) {
    expect(await client.getTurn(TENANT, 'slow.abcdefabcdefabcdefab', waitMs)).toBeNull();
    expect(await client.getTurn(TENANT, second.turnId, waitMs)).toMatchObject(second);
  }
});

test('the first turn is found though the task that is to start it takes long', async () => {
  const turn = await client.startTurn({ tenant: TENANT, conversationId: 'pieces', message: 'single' });
  const { taskToken } = await takeTask();
  // What the worker of a long local activity says: nothing yet, and that it goes on.
  await connection.workflowService.respondWorkflowTaskCompleted({
    ...{ namespace: 'default', taskToken, commands: [], forceCreateNewWorkflowTask: true },
  });
  expect(await client.getTurn(TENANT, turn.turnId)).toMatchObject(turn);
});

test('a wait that is called back answers with what is there', async () => {
  const turn = await client.startTurn({ tenant: TENANT, conversationId: 'left', message: 'single' });
  const startedAt = performance.now();
  const stop = new AbortController();
  const waiting = client.getTurn(TENANT, turn.turnId, 60_000, { signal: stop.signal });
  stop.abort();
  expect(await waiting).toMatchObject(turn);
  expect(await client.getTurn(TENANT, turn.turnId, 60_000, { signal: stop.signal })).toMatchObject(turn);
  expect(performance.now() - startedAt).toBeLessThan(10_000);
});
