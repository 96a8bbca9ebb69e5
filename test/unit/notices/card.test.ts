import { expect, test } from 'vitest';

import { toCard } from '../../../src/notices/card.ts';
import { sampleApproval } from '../../gateway/support.ts';

test.each([
  ['EUR', '42', 'EUR 42.00'],
  ['EUR', '1234567.5', 'EUR 1,234,567.50'],
  ['EUR', '-0.005', '-EUR 0.005'],
  ['JPY', '4200', 'JPY 4,200'],
])('money has the digits of its currency in a notice, as on the page: %s %s', (currency, value, shown) => {
  const fields = [{ label: 'Amount', kind: 'money' as const, value, currency }];
  const approval = sampleApproval({ presented: { by: 'tool', fields } });
  expect(toCard(approval, 'https://inbox.acme.example').fields).toMatchObject([{ value: shown }]);
});
