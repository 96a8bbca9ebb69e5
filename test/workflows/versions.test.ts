import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { describe, expect, inject, test } from 'vitest';

import { ignoreNotFound } from '../../src/client/read-turn.ts';
import { requestWorkflowId, turnWorkflowId } from '../../src/contracts/ids.ts';
import type { App } from '../../src/index.ts';
import { createWorker } from '../../src/worker.ts';
import { temporalAddress } from '../setup/temporal.ts';
import { createWorld } from '../support/create-world.ts';
import { createDesk } from '../support/desk.ts';
import { testFolder } from '../support/folder.ts';
import { until } from '../../src/testing/wait.ts';
import { startWorkflowsOnly } from '../support/workflows-only.ts';
import { startWorld, TENANT, type World } from '../support/world.ts';

test('a pending approval moves to the next build of the workers, and is carried out there', async () => {
  const desk = createDesk();
  const world = await startWorld({ app: desk.app, name: 'versions' });
  await world.stopWorker(); // the one without a version
  const name = 'versions';

  /** Once a worker of the build polls, it can become the current one. */
  const makeCurrent = (buildId: string) =>
    until(`build ${buildId}`, () =>
      world.temporal.workflowService
        .setWorkerDeploymentCurrentVersion({
          namespace: 'default',
          deploymentName: name,
          buildId,
          identity: 'test',
        })
        .then(
          () => true,
          () => null,
        ),
    );

  await world.startWorker({ name, buildId: 'one' });
  await makeCurrent('one');
  const approval = await world.asked('single');
  await world.stopWorker();

  await world.startWorker({ name, buildId: 'two' });
  await makeCurrent('two');
  await world.decide(approval, {});
  expect(await world.end(approval.turnId)).toMatchObject({
    status: 'completed',
    approvals: [{ outcome: 'executed' }],
  });
  expect(desk.effects).toHaveLength(1);
  await world.stop();
});

/** The workflow code with a fault in the function of this name. */
async function withFault(name: string): Promise<{ address: string; bundlePath: string }> {
  const sound = await readFile(inject('workflowBundlePath'), 'utf8');
  const heads = new RegExp(`function ${name}\\([^)]*\\) \\{`, 'g');
  expect(sound.match(heads)).toHaveLength(1);
  const bundlePath = join(folder, `${name}.js`);
  await writeFile(bundlePath, sound.replace(heads, "$& throw new TypeError('a planted fault');"));
  return { address: temporalAddress(), bundlePath };
}

/** A worker of the next build, in which the fault is mended. */
async function startMended({ provider, taskQueue }: World, app: App): Promise<() => Promise<void>> {
  const mended = await createWorker({
    app,
    provider: { apiKey: 'test-key', baseURL: provider, protocol: 'assistants' },
    temporal: { connection: { address: temporalAddress() }, namespace: 'default', taskQueue },
    workflowBundle: { codePath: inject('workflowBundlePath') },
  });
  const running = mended.run();
  return async () => {
    mended.shutdown();
    await running;
  };
}

/** A workflow task of it has failed. */
function metFault({ temporal }: World, workflowId: string): Promise<true> {
  return until('the fault', async () => {
    const seen = await temporal.workflow.getHandle(workflowId).describe().catch(ignoreNotFound); // it may not have begun yet
    const { attempt } = seen?.raw.pendingWorkflowTask ?? {};
    return attempt != null && attempt > 1;
  });
}

/** Of the turn's events after so many: what its own commands have left. An answer to an update is none of these. */
async function commandsSince({ temporal }: World, turnId: string, count: number): Promise<string[]> {
  const { events } = await temporal.workflow.getHandle(turnWorkflowId(TENANT, turnId)).fetchHistory();
  return (events ?? []).slice(count).flatMap((event) => COMMANDS.filter((name) => event[name] != null));
}

const COMMANDS = [
  'activityTaskScheduledEventAttributes',
  'timerStartedEventAttributes',
  'workflowPropertiesModifiedEventAttributes',
  'upsertWorkflowSearchAttributesEventAttributes',
  'signalExternalWorkflowExecutionInitiatedEventAttributes',
] as const;

const folder = testFolder();

describe('a fault in workflow code is mended by a deploy', () => {
  test('while somebody waits behind the turn that met it', async () => {
    const desk = createDesk();
    const world = await createWorld(await withFault('sumOf'), { app: desk.app, name: 'faulty' });
    const conversationId = 'faulty';
    const approval = await world.asked('single', { conversationId });
    const second = await world.say('hi', { conversationId });
    expect(await world.read(second)).toMatchObject({ status: 'queued' });
    await world.decide(approval, {});
    await metFault(world, turnWorkflowId(TENANT, approval.turnId));
    expect(await world.read(second)).toMatchObject({ status: 'queued' });
    await world.stopWorker();

    const stop = await startMended(world, desk.app);
    expect(await world.end(approval.turnId)).toMatchObject({
      status: 'completed',
      approvals: [{ outcome: 'executed' }],
    });
    expect(await world.end(second)).toMatchObject({ status: 'completed' });
    expect(desk.effects).toHaveLength(1);
    await stop();
    await world.stop();
  });

  test('that a turn met as it asked, before its conversation was told that it waits', async () => {
    const desk = createDesk();
    const world = await createWorld(await withFault('askAlso'), { app: desk.app, name: 'faulty asking' });
    const turnId = await world.say('parallel', { assistant: 'rejecter' });
    await metFault(world, turnWorkflowId(TENANT, turnId));
    expect(await commandsSince(world, turnId, 0)).toEqual(['activityTaskScheduledEventAttributes']); // the run's
    await world.stopWorker();

    const stop = await startMended(world, desk.app);
    for (const approval of await world.pending(turnId, 2)) await world.decide(approval, {});
    expect(await world.end(turnId)).toMatchObject({ status: 'completed' });
    expect(desk.effects).toHaveLength(3);
    await stop();
    await world.stop();
  });

  test.each([
    ['held', 'desk'],
    ['parked', 'parker'],
  ])('that one call met at once while another is %s', async (how, assistant) => {
    const desk = createDesk();
    const name = `faulty ${assistant}`;
    const world = await createWorld(await withFault('conclude'), { app: desk.app, name });
    const turnId = await world.say('parallel', { assistant });
    const [first, second] = await world.pending(turnId, 2);
    const workflowId = turnWorkflowId(TENANT, turnId);
    if (how === 'parked') {
      await world.temporal.workflow.getHandle(workflowId).signal('park');
      await expect.poll(async () => (await world.read(turnId))?.status).toBe('parked');
    }
    const before = await world.history(turnId);
    await world.decide(first!, {});
    await metFault(world, workflowId);
    expect(await commandsSince(world, turnId, before.length)).toEqual([]);
    await world.stopWorker();

    const stop = await startMended(world, desk.app);
    await world.decide(second!, {});
    const turn = await world.end(turnId);
    expect(turn).toMatchObject({ status: 'completed' });
    expect(turn.approvals.map(({ outcome }) => outcome)).toEqual(['executed', 'executed']);
    for (const continuation of turn.continuations ?? []) await world.end(continuation);
    expect(desk.effects.map(({ tool }) => tool).sort()).toEqual(['lookup', 'refund', 'refund']);
    await stop();
    await world.stop();
  });

  test('that a request met at once while an edit of it is under review', async () => {
    const { app } = createDesk();
    const world = await startWorld({ app, name: 'faulty request', hasWorker: false });
    const stopFaulty = await startWorkflowsOnly(await withFault('isInLine'), world.taskQueue);
    const asked = { tenant: TENANT, requestedBy: 'backoffice', action: 'Send it', urgency: 'high' as const };
    const { id } = await world.client.askForDecision({ ...asked, withinMs: 3_000 });
    await world.temporal.workflow.getHandle(requestWorkflowId(TENANT, id)).signal('decide', {
      ...{ approvalId: id, decisionId: 'd-1', approver: { id: 'ada' } },
      ...{ decision: 'edit', arguments: { action: 'Send half of it' } },
    });
    await metFault(world, requestWorkflowId(TENANT, id));
    await stopFaulty();

    const stop = await startMended(world, app);
    expect(await world.temporal.workflow.getHandle(requestWorkflowId(TENANT, id)).result()).toMatchObject({
      status: 'approved',
      approvals: [{ arguments: { action: 'Send half of it' } }],
    });
    await stop();
    await world.stop();
  });
});
