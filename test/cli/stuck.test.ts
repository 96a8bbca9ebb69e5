import { DatabaseSync } from 'node:sqlite';

import { afterAll, beforeAll, expect, test } from 'vitest';
import { z } from 'zod';

import type { Stuck } from '../../src/client.ts';
import { turnWorkflowId } from '../../src/contracts/ids.ts';
import { defineTool, requireApproval } from '../../src/index.ts';
import { startGate, type Gate } from '../../src/testing/gate.ts';
import { until } from '../../src/testing/wait.ts';
import { temporalAddress } from '../setup/temporal.ts';
import { freshDatabase, type FreshDatabase } from '../store/databases.ts';
import { runHere } from '../support/cli-here.ts';
import { payBack } from '../support/pay-back.ts';

/** `countersign stuck`: what waits longer than it should, and why. */

const refund = defineTool({
  ...{ name: 'refund', description: 'Pays money back.', parameters: z.strictObject({ orderId: z.string() }) },
  policy: requireApproval({ within: '30d', onRunDeadline: 'deny' }),
  execute: ({ orderId }) => `Refunded ${orderId}.`,
});

let gate: Gate;
let database: FreshDatabase;
beforeAll(async () => {
  database = await freshDatabase('sqlite');
  gate = await startGate({ ...payBack(refund), store: database.url, patience: '45s' });
});
afterAll(async () => {
  await gate.close();
  await database.remove();
});

const run = (...args: string[]) =>
  runHere(['stuck', '--tenant', gate.tenant, '--after', '1', ...args], {
    env: { TEMPORAL_ADDRESS: temporalAddress(), COUNTERSIGN_TASK_QUEUE: gate.taskQueue },
  });
/** What it says of one workflow, once it says something. */
const toldOf = (workflowId: string) =>
  until(`it tells of ${workflowId}`, async () => {
    const { code, stdout } = await run('--json');
    const { stuck } = JSON.parse(stdout) as { stuck: Stuck[] };
    const found = stuck.find((one) => one.workflowId === workflowId);
    return found && { ...found, code };
  });

test('a turn that waits for a person is not stuck, and the exit code is 0', async () => {
  const turn = await gate.say('pay back', { user: 'ada' });
  await turn.asked();
  await new Promise((resolve) => setTimeout(resolve, 1_100)); // longer than --after allows
  expect(await run()).toMatchObject({ code: 0, stdout: `Nothing is stuck in tenant "${gate.tenant}".\n` });
});

test('a question that cannot be recorded says that the store is down, with its last failure', async () => {
  const other = new DatabaseSync(database.url.slice('sqlite:'.length));
  other.exec('begin exclusive');
  try {
    const turn = await gate.say('pay back', { user: 'ada' });
    await turn.asked();
    const found = await toldOf(turnWorkflowId(gate.tenant, turn.turnId));
    expect(found).toMatchObject({ code: 1, why: 'store-down', activity: 'writeRecordAtLast' });
    expect(found.detail).toContain('is tried again: ');
  } finally {
    other.close();
  }
});

test('what no worker takes says which task queue has none', async () => {
  await gate.kill('worker', { restart: false });
  const { id } = await gate.client.askForDecision({
    ...{ tenant: gate.tenant, action: 'Drop it', urgency: 'low', requestedBy: 'a program' },
    withinMs: 3_600_000,
  });
  const found = await toldOf(`request.${gate.tenant}.${id}`);
  expect(found).toMatchObject({ code: 1, why: 'worker-down', kind: 'request' });
  expect(found.detail).toContain(`"${gate.taskQueue}"`);
  expect((await run()).stdout).toContain('worker-down');
  await gate.restart('worker');
});
