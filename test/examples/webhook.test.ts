import { expect, test } from 'vitest';

import type { Approval } from '../../src/contracts/approval/approval.ts';
import { approvalIn, commandOf } from './clone.ts';
import { openRefundDesk } from './desk.ts';

const clone = openRefundDesk();

test('a decision by signed webhook is applied, and is that of the person it names', async () => {
  const said = await clone.run(commandOf('webhook', 'countersign turn'));
  const approvalId = approvalIn(said);
  const decide = commandOf('webhook', 'send-decision').replace('<approvalId>', approvalId);
  const receipt = await clone.run(decide);
  expect(receipt).toMatch(/^200 /);
  expect(receipt).toContain('"outcome":"applied"');
  const approval = await clone.ask<Approval>(`/v1/approvals/${approvalId}`);
  expect(approval).toMatchObject({ status: 'approved', decision: { approver: { id: 'grace' } } });
});
