import { NativeConnection, Worker } from '@temporalio/worker';
import { afterAll, beforeAll, expect, test } from 'vitest';

import { turnWorkflowId } from '../../src/contracts/ids.ts';
import { requireApproval, type Verdict } from '../../src/index.ts';
import { testingBundle } from '../../src/testing/bundle.ts';
import { startGate, type Gate } from '../../src/testing/gate.ts';
import { until } from '../../src/testing/wait.ts';
import { temporalAddress } from '../setup/temporal.ts';
import { payBack, refundUnder } from '../support/pay-back.ts';
import { startWorkflowsOnly } from '../support/workflows-only.ts';

/** Decisions that a worker looks at by a local activity, where the store is slow or the machine is busy. */

let policy: Verdict = requireApproval({ approvers: ['finance'], within: '30d' });
let gate: Gate;
beforeAll(async () => {
  const desk = payBack(refundUnder(() => policy));
  const both = ['A-1', 'B-2'].map((orderId) => ({ tool: 'refund', arguments: { orderId } }));
  desk.scenario.rules.push({ ...desk.scenario.rules[0]!, when: ['both'], rounds: [{ calls: both }] });
  gate = await startGate({ ...desk, store: true, patience: '45s' });
});
afterAll(() => gate.close());

const LONG_MS = 5_000;
const late = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));

test.each([
  ['at once that the store is down', () => Promise.resolve()],
  ['after longer than its workflow task', () => late(LONG_MS)],
])(
  'a look that says %s, and one beside it that takes long: the turn goes on, and replays',
  async (_, said) => {
    const turn = await gate.say('both', { user: 'ada' });
    const cards = await turn.askedAll(2);
    await gate.kill('worker', { restart: false });
    const { codePath } = await testingBundle();
    const connection = await NativeConnection.connect({ address: temporalAddress() });
    const done = Promise.withResolvers<unknown>();
    const looks: string[] = [];
    const worker = await Worker.create({
      ...{ connection, namespace: 'default', taskQueue: gate.taskQueue, workflowBundle: { codePath } },
      stickyQueueScheduleToStartTimeout: '2s',
      activities: {
        writeRecord: () => Promise.resolve({ record: 'written' }),
        writeRecordAtLast: () => Promise.resolve({ record: 'written' }),
        async checkDecision({ decision }: { decision: { decisionId: string } }) {
          looks.push(decision.decisionId);
          await (looks.length === 1 ? said() : late(LONG_MS));
          return looks.length === 1 ? { is: 'unchecked', because: 'the store is down' } : { is: 'good' };
        },
        checkDecisionAtLast: () => Promise.resolve({ is: 'good' }),
        executeTool: () => done.promise,
      },
    });
    const running = worker.run();
    const workflowId = turnWorkflowId(gate.tenant, turn.turnId);
    const handle = gate.temporal.workflow.getHandle(workflowId);
    try {
      for (const { approvalId } of cards)
        await handle.signal('decide', {
          ...{ approvalId, decisionId: `of ${approvalId}`, decision: 'approve', source: 'signal' },
          approver: { id: 'grace', groups: ['finance'] },
          decidedAt: new Date().toISOString(),
        });
      const begun = async () =>
        (await handle.describe()).raw.pendingActivities?.filter(
          ({ activityType }) => activityType?.name === 'executeTool',
        );
      await expect.poll(begun, { timeout: 20_000 }).toHaveLength(2);
      const history = await handle.fetchHistory();
      await Worker.runReplayHistory({ workflowBundle: { codePath } }, history, workflowId);
    } finally {
      done.reject(new Error('Another worker does it.'));
      worker.shutdown();
      await running;
      await connection.close();
    }
    await gate.restart('worker');
    expect(await turn.reply()).toBe('Refunded A-1. Refunded B-2.');
    await until('the end of the turn', async () =>
      (await handle.describe()).status.name === 'COMPLETED' ? true : null,
    );
  },
);

test('three decisions that came while no worker was up, and looks that are quick enough one by one: the turn goes on, and replays', async () => {
  policy = requireApproval({ within: '30d', quorum: { approve: 3 } });
  const turn = await gate.say('pay back', { user: 'ada' });
  const { approvalId } = await turn.asked();
  await gate.kill('worker', { restart: false });
  const workflowId = turnWorkflowId(gate.tenant, turn.turnId);
  const handle = gate.temporal.workflow.getHandle(workflowId);
  for (const id of ['grace', 'linus', 'barbara'])
    await handle.signal('decide', {
      ...{ approvalId, decisionId: `of ${id}`, decision: 'approve', source: 'signal' },
      ...{ approver: { id }, decidedAt: new Date().toISOString() },
    });
  const { codePath: bundlePath } = await testingBundle();
  const looked = Promise.withResolvers<null>();
  const stop = await startWorkflowsOnly({ address: temporalAddress(), bundlePath }, gate.taskQueue, {
    async checkDecision() {
      looked.resolve(null);
      await late(1_200);
      return { is: 'good' };
    },
  });
  await looked.promise;
  await late(1_000);
  await handle.signal('park');
  await late(4_000);
  await stop();
  const history = await handle.fetchHistory();
  await Worker.runReplayHistory({ workflowBundle: { codePath: bundlePath } }, history, workflowId);
  await gate.restart('worker');
  await expect
    .poll(async () => (await turn.read()).approvals, { timeout: 20_000 })
    .toMatchObject([{ status: 'approved', outcome: 'executed' }]);
});
