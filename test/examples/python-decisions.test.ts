import { expect, test } from 'vitest';

import { commandOf } from './clone.ts';
import { openRefundDesk } from './desk.ts';

const clone = openRefundDesk();
const job = commandOf('python-decisions', 'cleanup.py');

test('a Python program asks, is approved, and acts; started again it asks nobody', async () => {
  const first = clone.start(job);
  const { approvalId } = await clone.pending('the question of the job', ({ arguments: args }) =>
    String(args.action).startsWith('Delete 3 accounts'),
  );
  const approve = commandOf('python-decisions', 'approvals approve').replace('<id>', approvalId);
  await clone.run(approve);
  const { code, stdout } = await first.finished;
  expect(stdout).toContain(`asked: Delete 3 accounts that nobody has used for two years (${approvalId})`);
  expect(stdout).toMatch(/deleted u-118\ndeleted u-204\ndeleted u-377\napproved by \S+/);
  expect(code).toBe(0);
  expect(await clone.run(job)).toContain('approved by');
});
