import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { expect, inject, test } from 'vitest';
import { z } from 'zod';

import { requestWorkflowId, turnWorkflowId } from '../../src/contracts/ids.ts';
import { defineApp, defineAssistant, defineTool, requireApproval } from '../../src/index.ts';
import { temporalAddress } from '../setup/temporal.ts';
import { until } from '../../src/testing/wait.ts';
import { startWorkflowsOnly } from '../support/workflows-only.ts';
import { startWorld, TENANT, type World } from '../support/world.ts';

/** Edits that came in time, and whose review nobody ends for a while: its worker was killed, or none takes it. */

const GRACE_MS = 60_000;
const effects: unknown[] = [];
const app = defineApp({
  assistants: [
    defineAssistant({
      ...{ name: 'desk', model: 'gpt-test', instructions: 'Help.' },
      tools: [
        defineTool({
          ...{ name: 'refund', description: 'Pay an order back.' },
          parameters: z.strictObject({ orderId: z.string() }),
          policy: requireApproval({ within: '10s' }),
          execute: (args) => {
            effects.push(args);
            return 'refund is done.';
          },
        }),
      ],
    }),
  ],
});
const scenario = {
  rules: [
    {
      when: ['refund'],
      rounds: [{ calls: [{ tool: 'refund', arguments: { orderId: 'A-1' } }] }],
      reply: { perOutput: [{ say: '{{output}}' }] },
    },
  ],
  otherwise: { reply: 'Hello.' },
};
const startWithScenario = (name: string, hasWorker: boolean) =>
  startWorld({ app, name, hasWorker, simulator: { scenario } });
const workflowsOnly = ({ taskQueue }: World) =>
  startWorkflowsOnly({ address: temporalAddress(), bundlePath: inject('workflowBundlePath') }, taskQueue);

test('the worker that reviews it is killed shortly before the deadline: another one does within 5 s, and it counts', async () => {
  const world = await startWithScenario('killed review', false);
  const folder = mkdtempSync(join(tmpdir(), 'countersign-review-'));
  const file = join(folder, 'reviews');
  const reviews = () =>
    existsSync(file)
      ? readFileSync(file, 'utf8')
          .trimEnd()
          .split('\n')
          .map((line) => line.split(' ').map(Number) as [pid: number, atMs: number])
      : [];
  const workers = await Promise.all([startProcess(world, file), startProcess(world, file)]);
  const [approval] = await world.pending(await world.say('refund'));
  const deadlineMs = Date.parse(approval!.deadline!);
  await reached(deadlineMs - 2_000);
  await edit(world, turnWorkflowId(TENANT, approval!.turnId), approval!.approvalId, { orderId: 'A-2' });
  const [pid] = await until('the review', () => Promise.resolve(reviews()[0] ?? null));
  const reviewing = workers.find((worker) => worker.pid === pid)!;
  reviewing.kill('SIGKILL');
  const killedMs = Date.now();
  expect(killedMs).toBeLessThan(deadlineMs);

  const [, againMs] = await until('the next review', () => Promise.resolve(reviews()[1] ?? null));
  expect(againMs).toBeGreaterThan(deadlineMs);
  expect(againMs - killedMs).toBeLessThan(5_000);
  expect(await world.end(approval!.turnId)).toMatchObject({
    ...{ status: 'completed', reply: expect.stringContaining('A-2 is paid back.') as string },
    approvals: [{ status: 'approved', outcome: 'executed', arguments: { orderId: 'A-2' } }],
  });
  expect(reviews()).toHaveLength(2);
  for (const worker of workers) await kill(worker);
  await world.stop();
  rmSync(folder, { recursive: true });
});

test('of a request: it counts though its review ends after the deadline', async () => {
  const world = await startWithScenario('request in time', false);
  const stop = await workflowsOnly(world);
  const { id, expires_at: deadline } = await ask(world, 3_000);
  await edit(world, requestWorkflowId(TENANT, id), id, { action: 'Send half of it' });
  await reached(Date.parse(deadline) + 1_000);
  expect(await world.client.getRequest(TENANT, id)).toMatchObject({ status: 'pending' });
  const late = { decision: 'deny' as const, approver: { id: 'eve' }, source: 'api', decidedAt: '' };
  expect(await world.client.decide(TENANT, { approvalId: id, decisionId: 'late', ...late })).toMatchObject({
    outcome: 'refused',
    reason: 'under_review',
  });
  await world.startWorker();
  await stop();
  const { resolved_at: resolvedAt, ...view } = await settled(world, id);
  expect(view).toMatchObject({ status: 'modified', resolved_by: 'ada' });
  expect(Date.parse(resolvedAt!)).toBeLessThan(Date.parse(deadline));
  await world.stop();
});

test('of a request: one that is refused after the deadline lets it expire', async () => {
  const world = await startWithScenario('request refused', false);
  const stop = await workflowsOnly(world);
  const { id, expires_at: deadline } = await ask(world, 3_000);
  await edit(world, requestWorkflowId(TENANT, id), id, { context: 'only' });
  await reached(Date.parse(deadline) + 1_000);
  expect(await world.client.getRequest(TENANT, id)).toMatchObject({ status: 'pending' });
  await world.startWorker();
  await stop();
  expect(await settled(world, id)).toMatchObject({ status: 'expired', resolved_by: null });
  await world.stop();
});

test('the deadline of a turn and of a request waits a minute for reviews, and no longer', async () => {
  const world = await startWithScenario('a minute', true);
  const [approval] = await world.pending(await world.say('refund'));
  await world.stopWorker();
  const stop = await workflowsOnly(world);
  const { id, expires_at: deadline } = await ask(world, 4_000);
  // Each review is given up after a minute: the second one, which began with the end of the first, is still under way at the bound.
  for (const orderId of ['A-2', 'A-3']) {
    await edit(world, turnWorkflowId(TENANT, approval!.turnId), approval!.approvalId, { orderId });
    await edit(world, requestWorkflowId(TENANT, id), id, { action: `Send ${orderId}` });
  }
  const turnMs = Date.parse(approval!.deadline!) + GRACE_MS;
  const requestMs = Date.parse(deadline) + GRACE_MS;
  await reached(Math.min(turnMs, requestMs) - 2_000);
  expect(await world.client.getRequest(TENANT, id)).toMatchObject({ status: 'pending' });
  expect(await world.client.getApproval(TENANT, approval!.approvalId)).toMatchObject({ status: 'pending' });
  const view = await settled(world, id);
  expect(view).toMatchObject({ status: 'expired' });
  expect(Date.parse(view.resolved_at!) - requestMs).toBeGreaterThanOrEqual(0);
  expect(Date.parse(view.resolved_at!) - requestMs).toBeLessThan(5_000);
  await until('the end of the question', async () => {
    const now = await world.client.getApproval(TENANT, approval!.approvalId);
    return now?.status === 'pending' ? null : true;
  });
  await world.startWorker();
  await stop();
  const turn = await world.end(approval!.turnId);
  expect(turn).toMatchObject({ status: 'completed', approvals: [{ status: 'expired' }] });
  expect(Date.parse(turn.approvals[0]!.resolvedAt!) - turnMs).toBeGreaterThanOrEqual(0);
  expect(Date.parse(turn.approvals[0]!.resolvedAt!) - turnMs).toBeLessThan(5_000);
  expect(effects).toEqual([]);
  await world.stop();
}, 150_000);

function edit(world: World, workflowId: string, approvalId: string, args: object): Promise<void> {
  return world.temporal.workflow.getHandle(workflowId).signal('decide', {
    ...{ approvalId, decisionId: JSON.stringify(args), approver: { id: 'ada' } },
    ...{ decision: 'edit', arguments: args },
  });
}

function ask(world: World, withinMs: number) {
  const asked = { tenant: TENANT, requestedBy: 'backoffice', action: 'Send it', urgency: 'high' as const };
  return world.client.askForDecision({ ...asked, withinMs });
}

function settled(world: World, id: string) {
  return until('the answer', async () => {
    const view = await world.client.getRequest(TENANT, id);
    return view == null || view.status === 'pending' ? null : view;
  });
}

function reached(atMs: number): Promise<true> {
  return until('the time', () => Promise.resolve(Date.now() >= atMs ? true : null), 90_000);
}

async function startProcess(world: World, reviewsFile: string): Promise<ChildProcess> {
  const script = fileURLToPath(new URL('./review-process.ts', import.meta.url));
  const settings = [temporalAddress(), world.taskQueue, world.provider, inject('workflowBundlePath')];
  const child = spawn(
    process.execPath,
    ['--conditions=countersign-source', script, ...settings, reviewsFile],
    { stdio: ['ignore', 'pipe', 'ignore'] },
  );
  await once(child.stdout, 'data'); // it is ready
  return child;
}

async function kill(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const closed = once(child, 'close');
  child.kill('SIGKILL');
  await closed;
}
