import { heartbeat } from '@temporalio/activity';
import { Client, Connection } from '@temporalio/client';
import { NativeConnection, Worker } from '@temporalio/worker';
import { expect, inject, test } from 'vitest';

import { RETRIES } from '../../src/client/retries.ts';
import { until } from '../../src/testing/wait.ts';
import { temporalAddress } from '../setup/temporal.ts';

/** What a notice does with an activity that takes its time; the real ones are in test/notices/. */

test('the operator is told though the question ends in the middle of that', async () => {
  const told = { begun: 0, ended: 0 };
  let isOver = false;
  const address = temporalAddress();
  const native = await NativeConnection.connect({ address });
  const taskQueue = 'notice-operator';
  const worker = await Worker.create({
    ...{ connection: native, namespace: 'default', taskQueue },
    workflowBundle: { codePath: inject('workflowBundlePath') },
    activities: {
      planRung: () => Promise.resolve({ state: 'nobody', why: 'nobody belongs to the groups' }),
      async tellOperator() {
        told.begun += 1;
        // By heartbeats an activity hears that it is cancelled.
        await until('the end', () => {
          heartbeat();
          return isOver ? true : null;
        });
        told.ended += 1;
      },
      updateNotices: () => Promise.resolve({ updated: 0, isUnheard: true }),
    },
  });
  const running = worker.run();
  const connection = await Connection.connect({ address, interceptors: RETRIES });
  try {
    const handle = await new Client({ connection }).workflow.start('notice', {
      ...{ taskQueue, workflowId: 'notice-operator' },
      args: [
        {
          ...{ tenant: 'acme', approvalId: 'turn.a', requestedAt: new Date().toISOString(), deadline: null },
          notify: {},
        },
      ],
    });
    await until('the operator', () => (told.begun > 0 ? true : null));
    await handle.signal('news', { id: 'settled', is: 'expired' });
    await until('the news', async () => {
      const { events } = await handle.fetchHistory();
      const last = events?.findLastIndex(({ eventType }) => Number(eventType) === SIGNALED) ?? -1;
      const handled = events?.slice(last).some(({ eventType }) => Number(eventType) === TASK_COMPLETED);
      return last >= 0 && handled === true ? true : null;
    });
    isOver = true;
    expect(await handle.result()).toEqual({ told: 0, updated: 0 });
    expect(told).toEqual({ begun: 1, ended: 1 });
    const { events } = await handle.fetchHistory();
    expect(events?.filter(({ eventType }) => Number(eventType) === CANCEL_REQUESTED)).toEqual([]);
  } finally {
    worker.shutdown();
    await running;
    await connection.close();
    await native.close();
  }
});

const [SIGNALED, TASK_COMPLETED, CANCEL_REQUESTED] = [26, 7, 15];
