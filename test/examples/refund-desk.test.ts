import { expect, test } from 'vitest';

import { approvalIn, commandOf } from './clone.ts';
import { openRefundDesk } from './desk.ts';

const clone = openRefundDesk();
const askFor = commandOf('refund-desk', 'countersign turn');

test('a refund waits for a person; approved on the command line, it is paid', async () => {
  const said = await clone.run(askFor);
  expect(said).toContain('Refunds of 10 EUR and more need a person.');
  const approve = commandOf('refund-desk', 'approvals approve').replace('<approvalId>', approvalIn(said));
  expect(await clone.run(approve)).toContain('Refunded 42.00 EUR for order A-1042.');
});

test('a small refund is paid without a question', async () => {
  const said = await clone.run(askFor.replace(/".*"/, '"Refund order A-1044, €9"'));
  expect(said).toContain('Refunded 9.00 EUR for order A-1044.');
});
