import { expect, test } from 'vitest';
import { z } from 'zod';

import { judge } from '../../../src/activities/judge.ts';
import { requireStoreForGrants } from '../../../src/define/requirements.ts';
import { defineApp, defineAssistant, defineTool, requireApproval, type Policy } from '../../../src/index.ts';

/** A grant that a policy cannot let anybody give. */

const parameters = z.strictObject({
  orderId: z.string(),
  cents: z.int(),
  rate: z.number().optional(),
  maybe: z.number().nullable(),
  either: z.union([z.number(), z.string()]),
  lines: z.array(z.strictObject({ cents: z.int() })),
});
const toolWith = (policy: Policy<z.output<typeof parameters>>) =>
  defineTool({ name: 'refund', description: 'Pays.', parameters, policy, execute: () => 'Paid.' });
const granting = (more: object) => requireApproval({ mayGrant: { forMs: '1h', ...more } });

test.each<[string, object, RegExp]>([
  ['for a week and a millisecond', { forMs: 7 * 86_400_000 + 1 }, /forMs is 604800001; at most 604800000/],
  ['for no time', { forMs: 0 }, /mayGrant\.forMs/],
  ['for no number of ms', { forMs: NaN }, /mayGrant\.forMs/],
  ['bound to anything else', { boundTo: 'tenant' }, /boundTo is "tenant".*conversation.*requester/],
  ['narrower by 21 arguments', { narrowerBy: Array.from({ length: 21 }, (_, n) => `n${n}`) }, /more than 20/],
])('requireApproval refuses a grant: %s', (_, more, says) => {
  expect(() => granting(more)).toThrow(says);
});

const NO_NUMBERS = ['orderId', 'maybe', 'either', 'lines', 'lines.0.cents', 'Cents', 'toString', '__proto__'];

test.each(NO_NUMBERS)(
  '"%s" in narrowerBy, which is no number of the tool, is refused where the tool is defined, and forbids where a function asks for it',
  async (name) => {
    const verdict = granting({ narrowerBy: ['cents', name] });
    const says = `mayGrant.narrowerBy names "${name}", which is no number among the tool's own arguments. Numbers are: cents, rate.`;
    expect(() => toolWith(verdict)).toThrow(says);
    const told: unknown[] = [];
    const args = { orderId: 'A', cents: 1, maybe: 1, either: 1, lines: [] };
    const tool = toolWith(() => verdict);
    const judged = await judge(tool, args, { tenant: 'acme' }, (_, facts) => told.push(facts.why));
    expect(judged.kind).toBe('forbid');
    expect(told).toEqual([says]);
  },
);

test('whole numbers and others may be less, also those that may be left out', () => {
  expect(toolWith(granting({ narrowerBy: ['cents', 'rate', 'cents'] })).mayGrant).toBe(true);
});

test('a worker without a store refuses a policy that lets people grant, and says what to set', () => {
  const about = { model: 'gpt-test', instructions: 'Help.' };
  const appOf = (policy: Policy<z.output<typeof parameters>>) =>
    defineApp({ assistants: [defineAssistant({ name: 'desk', ...about, tools: [toolWith(policy)] })] });
  const says = /tool "refund" has mayGrant.*Set COUNTERSIGN_DATABASE_URL/;
  expect(() => requireStoreForGrants(appOf(granting({})), false)).toThrow(says);
  expect(() => requireStoreForGrants(appOf(granting({})), true)).not.toThrow();
  expect(() => requireStoreForGrants(appOf(requireApproval()), false)).not.toThrow();
});
