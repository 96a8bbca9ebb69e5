import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';

import { temporalAddress } from '../setup/temporal.ts';
import { createDesk } from '../support/desk.ts';
import { until } from '../../src/testing/wait.ts';
import { testFolder } from '../support/folder.ts';
import { startWorld, type World } from '../support/world.ts';
import { SURFACES } from './surfaces.ts';

const script = fileURLToPath(new URL('./worker-process.ts', import.meta.url));

/**
 * The worker dies by SIGKILL while the provider has done what it was asked and its answer is still on the way. Each protocol has a world
 * and a worker of its own, so all four are tried at once.
 */
describe.concurrent.each(SURFACES)('$protocol', ({ protocol, operations, isRepeatable, left }) => {
  const effectsFile = join(testFolder(), 'effects');
  let world: World;
  let child: ChildProcess | undefined;

  beforeAll(async () => {
    const name = `killed-${protocol}`;
    world = await startWorld({ app: createDesk().app, name, protocol, hasWorker: false });
  });
  afterAll(async () => {
    await kill();
    await world.stop();
  });

  function start(): void {
    const bundle = inject('workflowBundlePath');
    const settings = [temporalAddress(), world.taskQueue, world.provider, protocol, bundle, effectsFile];
    child = spawn(process.execPath, ['--conditions=countersign-source', script, ...settings], {
      stdio: 'ignore',
    });
  }

  async function kill(): Promise<void> {
    if (child?.exitCode !== null || child.signalCode !== null) return;
    const closed = once(child, 'close');
    child.kill('SIGKILL');
    await closed;
  }

  /** Holds the next answer back, for longer than a worker needs to be killed; the result resolves when there is one to hold. */
  async function hold(operation: string): Promise<() => Promise<unknown>> {
    const before = await heldAnswers(operation); // an earlier test's may be among them, that nobody waits for any more
    await world.fault(operation, { type: 'delay', ms: 8_000, when: 'after' });
    return () => until(`a held ${operation}`, async () => (await heldAnswers(operation)) > before);
  }

  async function heldAnswers(operation: string): Promise<number> {
    const seen = (await world.requests(operation)) as unknown as { fault: string | null }[];
    return seen.filter(({ fault }) => fault === 'delay').length;
  }

  test.each(['create', 'wait', 'submit'] as const)(
    'at %s: nothing is lost, nothing happens twice',
    { concurrent: false },
    async (at) => {
      const created = at === 'create' ? await hold(operations.create) : undefined;
      const turnId = await world.say('single');
      start();
      if (created) {
        await created();
        await kill();
        start();
      }
      const [approval] = await world.pending(turnId);
      if (at === 'wait') {
        await kill();
        start();
      }
      const submitted = at === 'submit' ? await hold(operations.submit) : undefined;
      await world.decide(approval!, {});
      if (submitted) {
        await submitted();
        // What the tool came to reaches Temporal by a heartbeat, at most two seconds later; without it the tool runs again under its key.
        await until('a heartbeat', async () => {
          const { raw } = await world.turn(turnId).describe();
          return raw.pendingActivities?.some((one) => one.heartbeatDetails?.payloads?.length);
        });
        await kill();
        start();
      }
      expect(await world.end(turnId)).toMatchObject({
        status: 'completed',
        reply: 'refund: refund is done.',
      });
      await kill();
      const effects = readFileSync(effectsFile, 'utf8').split('\n');
      expect(effects.filter((key) => key === approval!.approvalId)).toHaveLength(1);
      if (!isRepeatable) expect(await left(world, turnId)).toEqual({ creates: 1, submits: 1 });
    },
  );
});
