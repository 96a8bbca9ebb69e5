import { Context, heartbeat } from '@temporalio/activity';
import { Client, Connection, type WorkflowHandle } from '@temporalio/client';
import { NativeConnection, Worker } from '@temporalio/worker';
import { expect, inject, test } from 'vitest';

import { RETRIES } from '../../src/client/retries.ts';
import { until } from '../../src/testing/wait.ts';
import { temporalAddress } from '../setup/temporal.ts';

/** What a notice does with an activity that takes its time; the real ones are in test/notices/. */

type Activities = Record<string, (...args: never[]) => Promise<unknown>>;

/** A notice whose worker has these activities. */
async function withNotice<T>(
  name: string,
  activities: Activities,
  work: (handle: WorkflowHandle) => Promise<T>,
): Promise<T> {
  const address = temporalAddress();
  const native = await NativeConnection.connect({ address });
  const worker = await Worker.create({
    ...{ connection: native, namespace: 'default', taskQueue: name, activities },
    workflowBundle: { codePath: inject('workflowBundlePath') },
  });
  const running = worker.run();
  const connection = await Connection.connect({ address, interceptors: RETRIES });
  try {
    const handle = await new Client({ connection }).workflow.start('notice', {
      ...{ taskQueue: name, workflowId: name },
      args: [
        {
          ...{ tenant: 'acme', approvalId: 'turn.a', requestedAt: new Date().toISOString(), deadline: null },
          notify: {},
        },
      ],
    });
    return await work(handle);
  } finally {
    worker.shutdown();
    await running;
    await connection.close();
    await native.close();
  }
}

test('the operator is told though the question ends in the middle of that', async () => {
  const told = { begun: 0, ended: 0 };
  let isOver = false;
  const activities: Activities = {
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
  };
  await withNotice('notice-operator', activities, async (handle) => {
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
  });
});

test.each(['planRung', 'sendNotices'])(
  'the end is told though %s fails as it is cancelled',
  async (failing) => {
    let begun = 0;
    const fails = async (): Promise<never> => {
      begun += 1;
      const { cancelled } = Context.current();
      const beat = setInterval(heartbeat, 100);
      await cancelled.catch(() => undefined); // what fails is the store
      clearInterval(beat);
      throw new Error('The store is down.');
    };
    const activities: Activities = {
      planRung: () => Promise.resolve({ state: 'planned', dueMs: [Date.now()], isEditable: false }),
      sendNotices: () => Promise.resolve({ told: 0, failed: 0, heldUntilMs: [] }),
      updateNotices: () => Promise.resolve({ updated: 3, isUnheard: false }),
      [failing]: fails,
    };
    await withNotice(`notice-cut-off-${failing}`, activities, async (handle) => {
      await until('the attempt', () => (begun > 0 ? true : null));
      await handle.signal('news', { id: 'settled', is: 'settled' });
      expect(await handle.result()).toEqual({ told: 0, updated: 3 });
    });
  },
);

const [SIGNALED, TASK_COMPLETED, CANCEL_REQUESTED] = [26, 7, 15];
