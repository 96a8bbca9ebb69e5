import { expect, test } from 'vitest';
import { z } from 'zod';

import { present } from '../../../src/activities/present.ts';
import { jsonBytes } from '../../../src/contracts/size.ts';
import { defineTool, requireApproval, type ToolOptions } from '../../../src/index.ts';

const parameters = z.strictObject({ orderId: z.string(), amountCents: z.int() });
type Present = NonNullable<ToolOptions<typeof parameters>['present']>;
const args = { orderId: 'A-1', amountCents: 4_200 };
const context = { tenant: 'acme' };

async function shown(how: Present, given = args) {
  const reports: Record<string, string>[] = [];
  const tool = defineTool({
    ...{ name: 'refund', description: 'Pay back.', parameters, present: how },
    ...{ policy: requireApproval(), execute: () => '' },
  });
  const presented = await present(tool, given, context, (event, facts) => reports.push({ event, ...facts }));
  return { presented, reports };
}

test('a tool says how a call is shown: money in its currency, what matters, how grave it is', async () => {
  const { presented, reports } = await shown(({ orderId, amountCents }) => ({
    title: `Refund of ${orderId}`,
    fields: [{ label: 'Amount', kind: 'money', value: amountCents / 100, currency: 'EUR' }],
    risk: 'high',
  }));
  expect(presented).toEqual({
    by: 'tool',
    title: 'Refund of A-1',
    fields: [{ label: 'Amount', kind: 'money', value: '42', currency: 'EUR' }],
    risk: 'high',
  });
  expect(reports).toEqual([]);
});

test.each<[string, Present, string]>([
  ['throws', () => { throw new TypeError('secret 4200'); }, ''], // prettier-ignore
  ['returns nothing', (() => undefined) as never, 'is missing'],
  [
    'has a field that does not exist',
    () => ({ titel: 'x' }) as never,
    'has unknown fields: titel; leave them out',
  ],
  ['has a kind that does not exist', () => ({ fields: [{ label: 'x', kind: 'html', value: 'x' }] }) as never, 'fields.0.kind must be one of money'], // prettier-ignore
  ['has money without a currency', () => ({ fields: [{ label: 'x', kind: 'money', value: 1 }] }) as never, 'fields.0.currency is missing'], // prettier-ignore
  ['has a link that is a script', () => ({ fields: [{ label: 'x', kind: 'link', value: 'javascript:alert(1)' }] }), 'fields.0.value must be an http or https address'], // prettier-ignore
  ['has a date that is none', () => ({ fields: [{ label: 'x', kind: 'date', value: 'soon' }] }), 'fields.0.value must be a date of ISO 8601'], // prettier-ignore
])(
  'a presentation that %s costs nobody the card: it says so, and the log says why',
  async (_what, how, why) => {
    const { presented, reports } = await shown(how);
    expect(presented).toEqual({ by: 'schema', labels: {}, failed: true });
    expect(reports).toMatchObject([{ event: 'present.failed', tool: 'refund' }]);
    expect(JSON.stringify(reports)).toContain(why);
    expect(JSON.stringify(reports)).not.toContain('secret');
  },
);

test('what is too long is cut, and says so', async () => {
  const { presented } = await shown(() => ({
    title: 'x'.repeat(1_000),
    fields: Array.from({ length: 40 }, () => ({ label: 'Text', kind: 'text', value: '€'.repeat(2_000) })),
  }));
  if (presented?.by !== 'tool') throw new Error('It is not shown by the tool.');
  expect(jsonBytes(presented)).toBeLessThan(11_000);
  expect(presented.title).toContain('cut: 1,000 characters');
  expect(presented.fields[0]!.value.length + presented.fields[0]!.left!).toBe(2_000);
  expect(presented.fields.length + presented.left!).toBe(40);
});

test('what presents a call cannot change what runs', async () => {
  const given = { ...args };
  await shown((own) => {
    own.amountCents = 1;
    return {};
  }, given);
  expect(given).toEqual(args);
});

test('without it the schema names the arguments, however deep; one that says nothing has no part in it', async () => {
  const lines = z.array(z.object({ sku: z.string().meta({ title: 'Article' }) }));
  const tool = (shape: z.ZodObject) =>
    defineTool({
      ...{ name: 'refund', description: 'Pay back.', parameters: shape },
      ...{ policy: requireApproval(), execute: () => '' },
    });
  const due = z.iso.date().describe('When it is due.');
  const described = tool(z.object({ amountCents: z.int().meta({ title: 'Amount in cents' }), due, lines }));
  expect(await present(described, {}, context)).toEqual({
    by: 'schema',
    labels: {
      amountCents: { title: 'Amount in cents' },
      due: { description: 'When it is due.', format: 'date' },
      lines: { inner: { sku: { title: 'Article' } } },
    },
  });
  expect(await present(tool(parameters), args, context)).toBeUndefined();
});
