import { Runtime } from '@temporalio/worker';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { z } from 'zod';

import { turnWorkflowId } from '../../src/contracts/ids.ts';
import { defineTool, requireApproval } from '../../src/index.ts';
import { startGate, type Gate } from '../../src/testing/gate.ts';
import { payBack } from '../support/pay-back.ts';
import '../support/quiet.ts';

/** What is asked by a rule that nobody of the directory can meet (test/store/nobody-can-meet.test.ts has the rules). */

let gate: Gate;
const refund = defineTool({
  ...{ name: 'refund', description: 'Pays money back.' },
  parameters: z.strictObject({ orderId: z.string() }),
  policy: ({ orderId }) =>
    requireApproval({
      ...{ within: '30d', onRunDeadline: 'deny' },
      approvers: [orderId === 'A-1' ? 'legal' : 'finance'],
    }),
  execute: ({ orderId }) => `Refunded ${orderId}.`,
});
beforeAll(async () => {
  gate = await startGate({ ...payBack(refund), store: true, patience: '45s' });
  await gate.store!.people.put(gate.tenant, [{ id: 'ada', groups: ['finance'] }]);
});
afterAll(() => gate.close());

test('it is held and marked: the card, the log and the Temporal UI say why, once; whoever is added can approve it', async () => {
  const log = vi.spyOn(Runtime.instance().logger, 'log');
  const turn = await gate.say('pay back', { user: 'ada' });
  const card = await turn.asked();
  const why = 'one person of legal must approve, and nobody of the directory can';
  expect(card.approval.unmeetable).toBe(why);
  const workflow = gate.temporal.workflow.getHandle(turnWorkflowId(gate.tenant, turn.turnId));
  const { currentDetails } = await workflow.query<{ currentDetails: string }>('__temporal_workflow_metadata');
  expect(currentDetails).toContain(`**Nobody can meet its rule**: ${why}.`);
  await gate.store!.people.put(gate.tenant, [{ id: 'lea', groups: ['legal'] }]);
  await card.approve({ as: 'lea', groups: ['legal'] });
  expect(await turn.reply()).toBe('Refunded A-1.');
  const told = log.mock.calls.filter(([, message]) => message === 'approval.unmeetable');
  log.mockRestore();
  expect(told).toMatchObject([['ERROR', expect.anything(), { approvalId: card.approvalId, because: why }]]);
});

test('it is marked no more once an edit makes it another rule', async () => {
  await gate.store!.people.put(gate.tenant, [{ id: 'lea', groups: [] }]);
  const turn = await gate.say('pay back', { user: 'ada' });
  const card = await turn.asked();
  expect(card.approval.unmeetable).toBeDefined();
  await card.edit({ orderId: 'B-2' }, { as: 'bob', groups: ['finance', 'legal'] });
  await turn.reply();
  expect((await card.read()).unmeetable).toBeUndefined();
});
