import { afterAll, beforeAll, expect, test } from 'vitest';

import { requestWorkflowId } from '../../src/contracts/ids.ts';
import { requireApproval } from '../../src/index.ts';
import { testingBundle } from '../../src/testing/bundle.ts';
import { startGate, type Gate } from '../../src/testing/gate.ts';
import { temporalAddress } from '../setup/temporal.ts';
import { payBack, refundUnder } from '../support/pay-back.ts';
import { startWorkflowsOnly } from '../support/workflows-only.ts';

let gate: Gate;
beforeAll(async () => {
  gate = await startGate({
    ...payBack(refundUnder(requireApproval({ within: '30d' }))),
    patience: '45s',
  });
});
afterAll(() => gate.close());

test('a request whose first writing took too long waits for no store where there is none', async () => {
  await gate.kill('worker', { restart: false });
  const { id } = await gate.client.askForDecision({
    ...{ tenant: gate.tenant, requestedBy: 'backoffice', action: 'Send it', urgency: 'high' as const },
    withinMs: 3_600_000,
  });
  const { codePath: bundlePath } = await testingBundle();
  const stop = await startWorkflowsOnly({ address: temporalAddress(), bundlePath }, gate.taskQueue, {
    // A machine that is busy.
    writeRecord: () => new Promise((resolve) => setTimeout(resolve, 2_700, { record: 'unrecorded' })),
  });
  const handle = gate.temporal.workflow.getHandle(requestWorkflowId(gate.tenant, id));
  const awaited = async () =>
    (await handle.describe()).raw.pendingActivities?.map((one) => one.activityType?.name);
  await expect.poll(awaited, { timeout: 10_000 }).toEqual(['writeRecordAtLast']);
  await stop();
  await gate.restart('worker');
  await expect.poll(awaited, { timeout: 10_000 }).toEqual([]);
  await gate.client.decide(gate.tenant, {
    ...{ approvalId: id, decision: 'approve', approver: { id: 'grace' } },
  });
  await expect.poll(async () => (await handle.describe()).status.name, { timeout: 10_000 }).toBe('COMPLETED');
});
