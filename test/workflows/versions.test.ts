import { expect, test } from 'vitest';

import { createDesk } from '../support/desk.ts';
import { until } from '../support/until.ts';
import { startWorld } from '../support/world.ts';

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
