import { afterAll, beforeAll, test } from 'vitest';

import type { Approval } from '../../src/contracts/approval/approval.ts';
import { temporalAddress } from '../setup/temporal.ts';
import { until } from '../../src/testing/wait.ts';
import { commandOf, makeClone, type Clone } from './clone.ts';

let clone: Clone;
beforeAll(async () => {
  clone = await makeClone({ TEMPORAL_ADDRESS: temporalAddress() });
  await clone.up(commandOf('quickstart', 'npm run dev'));
});
afterAll(() => clone.remove());

test('the program of 20 lines holds a refund until a person approves it', async () => {
  const said = await clone.run(commandOf('quickstart', 'start-turn.ts'));
  const [, approvalId = ''] = /^awaiting_decision (\S+)$/m.exec(said) ?? [];
  const approve = commandOf('quickstart', 'approvals approve').replace('<approvalId>', approvalId);
  await clone.run(approve);
  await until('the refund', async () => {
    const approval = await clone.ask<Approval>(`/v1/approvals/${approvalId}`);
    return approval.outcome === 'executed' ? approval : null;
  });
});
