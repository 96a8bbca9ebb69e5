import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { expect, inject, test } from 'vitest';

import { turnWorkflowId } from '../../src/contracts/ids.ts';
import { createWorker } from '../../src/worker.ts';
import { temporalAddress } from '../setup/temporal.ts';
import { createWorld } from '../support/create-world.ts';

import { createDesk } from '../support/desk.ts';
import { until } from '../support/until.ts';
import { startWorld, TENANT } from '../support/world.ts';

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
  const turnId = await world.say('single');
  const [approval] = await world.pending(turnId);
  await world.stopWorker();

  await world.startWorker({ name, buildId: 'two' });
  await makeCurrent('two');
  await world.decide(approval!, {});
  expect(await world.end(turnId)).toMatchObject({
    status: 'completed',
    approvals: [{ outcome: 'executed' }],
  });
  expect(desk.effects).toHaveLength(1);
  await world.stop();
});

test('a fault in workflow code is mended by a deploy, while somebody waits behind the turn that met it', async () => {
  const desk = createDesk();
  const ground = { address: temporalAddress(), bundlePath: inject('workflowBundlePath') };
  const folder = await mkdtemp(join(tmpdir(), 'countersign-faulty-'));
  const bundlePath = join(folder, 'workflow-bundle.js');
  const sound = await readFile(ground.bundlePath, 'utf8');
  const faulty = sound.replace(/function sumOf\([^)]*\) \{/, "$& throw new TypeError('a planted fault');");
  expect(faulty).not.toBe(sound);
  await writeFile(bundlePath, faulty);
  const world = await createWorld({ ...ground, bundlePath }, { app: desk.app, name: 'faulty' });

  const conversationId = 'faulty';
  const first = await world.say('single', { conversationId });
  const [approval] = await world.pending(first);
  const second = await world.say('hi', { conversationId });
  expect(await world.client.getTurn(TENANT, second)).toMatchObject({ status: 'queued' });
  await world.decide(approval!, {});
  const turn = world.temporal.workflow.getHandle(turnWorkflowId(TENANT, first));
  await until('the fault', async () => {
    const { attempt = 0 } = (await turn.describe()).raw.pendingWorkflowTask ?? {};
    return attempt! > 1 ? true : null;
  });
  expect(await world.client.getTurn(TENANT, second)).toMatchObject({ status: 'queued' });
  await world.stopWorker();

  const mended = await createWorker({
    app: desk.app,
    provider: { apiKey: 'test-key', baseURL: world.provider, protocol: 'assistants' },
    temporal: { connection: { address: ground.address }, namespace: 'default', taskQueue: world.taskQueue },
    workflowBundle: { codePath: ground.bundlePath },
  });
  const running = mended.run();
  expect(await world.end(first)).toMatchObject({ status: 'completed', approvals: [{ outcome: 'executed' }] });
  expect(await world.end(second)).toMatchObject({ status: 'completed' });
  expect(desk.effects).toHaveLength(1);
  mended.shutdown();
  await running;
  await world.stop();
  await rm(folder, { recursive: true });
});
