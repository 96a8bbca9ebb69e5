import { randomUUID } from 'node:crypto';

import {
  Client,
  Connection,
  WorkflowNotFoundError,
  type WorkflowClientInterceptor,
} from '@temporalio/client';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';

import { createClient, type CountersignClient } from '../../src/client.ts';
import { createTurnReader } from '../../src/client/read-turn.ts';
import { RETRIES } from '../../src/client/retries.ts';
import { conversationWorkflowId, turnWorkflowId } from '../../src/contracts/ids.ts';
import { say } from '../../src/workflows/messages.ts';
import { temporalAddress } from '../setup/temporal.ts';
import { createDesk } from '../support/desk.ts';
import { until } from '../../src/testing/wait.ts';
import { startWorld, TENANT, type World } from '../support/world.ts';

const taskQueue = `read-turn-${randomUUID()}`;
let client: CountersignClient;
let connection: Connection;
let world: World;
beforeAll(async () => {
  const address = temporalAddress();
  world = await startWorld({ app: createDesk().app, name: 'read-turn' });
  connection = await Connection.connect({ address, interceptors: RETRIES });
  const temporal = { connection: { address }, namespace: 'default', taskQueue };
  client = await createClient({ ...temporal, updateLimitMs: 1_000 });
});
afterAll(async () => {
  await client.close();
  await connection.close();
  await world.stop();
});

/** As when Temporal has kept it for as long as the namespace wants. */
const forget = (turnId: string) =>
  connection.workflowService.deleteWorkflowExecution({
    ...{ namespace: 'default', workflowExecution: { workflowId: turnWorkflowId(TENANT, turnId) } },
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

test('an unknown turn costs no more than the end of its conversation’s history', async () => {
  const conversationId = 'long-talk';
  for (let turn = 0; turn < 3; turn += 1) await world.ended('hi', { conversationId });
  const readTurn = createTurnReader(new Client({ connection }));
  const { workflowService } = connection;
  const all = vi.spyOn(workflowService, 'getWorkflowExecutionHistory');
  const end = vi.spyOn(workflowService, 'getWorkflowExecutionHistoryReverse');
  const unknown = `${conversationId}.abcdefabcdefabcdefab`;
  expect(await readTurn(TENANT, unknown)).toBeNull();
  expect(end).not.toHaveBeenCalled();
  await world.stopWorker();
  const left = await client.startTurn({ tenant: TENANT, conversationId, message: 'hi' });
  expect(await readTurn(TENANT, unknown)).toBeNull();
  expect(await readTurn(TENANT, left.turnId)).toMatchObject({ status: 'queued' });
  expect(end).toHaveBeenCalledTimes(2);
  expect(all).not.toHaveBeenCalled();
  await world.startWorker();
  await world.end(left.turnId);
});

test('a turn that Temporal keeps no longer is not there, also one that was said by signal', async () => {
  const conversationId = 'retained';
  await world.ended('hi', { conversationId });
  const turnId = `${conversationId}.0123456789abcdef0123`;
  const conversation = world.temporal.workflow.getHandle(conversationWorkflowId(TENANT, conversationId));
  await conversation.signal(say, { turnId, message: 'hi', context: { tenant: TENANT } });
  await world.end(turnId);
  await forget(turnId);
  await until('the end of its record', async () => {
    const turn = await client.getTurn(TENANT, turnId);
    expect(turn?.status).not.toBe('queued');
    return turn === null;
  });
});

test('a turn that Temporal lets go of while it is read is not there', async () => {
  const turnId = await world.say('hi', { conversationId: 'released' });
  await world.end(turnId);
  let isReleased = false;
  const describe: WorkflowClientInterceptor['describe'] = async (input, next) => {
    const seen = await next(input);
    if (isReleased || input.workflowExecution.workflowId !== turnWorkflowId(TENANT, turnId)) return seen;
    isReleased = true;
    await forget(turnId);
    const isGone = (error: unknown) => error instanceof WorkflowNotFoundError;
    await until('the end of its record', () =>
      world
        .turn(turnId)
        .describe()
        .then(() => null, isGone),
    );
    return seen;
  };
  const temporal = new Client({ connection, interceptors: { workflow: [{ describe }] } });
  expect(await createTurnReader(temporal)(TENANT, turnId)).toBeNull();
  expect(isReleased).toBe(true);
});

test('an approval of a turn that was terminated is cancelled, and nobody can decide it', async () => {
  const approval = await world.asked('single');
  const turn = world.turn(approval.turnId);
  await turn.terminate('by hand');
  const { closeTime } = await turn.describe();
  const settled = { status: 'cancelled', outcome: 'not_executed', resolvedAt: closeTime!.toISOString() };
  expect(await world.client.getApproval(TENANT, approval.approvalId)).toMatchObject(settled);
  expect(await world.read(approval.turnId)).toMatchObject({
    status: 'failed',
    approvals: [settled],
  });
  expect(await world.decide(approval, {})).toMatchObject({ outcome: 'cancelled' });
});

test('what a terminated turn was carrying out is unknown', async () => {
  const desk = createDesk();
  desk.pauses.nextMs.push(60_000);
  const slow = await startWorld({ app: desk.app, name: 'read-turn-slow' });
  const approval = await slow.asked('single');
  await slow.decide(approval, {});
  const read = () => slow.client.getApproval(TENANT, approval.approvalId);
  await expect.poll(read).toMatchObject({ outcome: 'executing' });
  await slow.turn(approval.turnId).terminate('by hand');
  expect(await read()).toMatchObject({ status: 'approved', outcome: 'unknown' });
  await slow.stop();
});
