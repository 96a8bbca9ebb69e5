import { describe, expect, test } from 'vitest';
import { z } from 'zod';

import { allow, defineTool, requireApproval, type Verdict } from '../../src/index.ts';
import { appWith } from '../support/app.ts';
import { worldFor } from '../support/world.ts';

/** Schemas and policies are an application's code: whatever they do, nothing runs that they have not let through. */

const effects: string[] = [];
const execute = ({ text }: { text: string }) => {
  effects.push(text);
  return 'Done.';
};
const policies: Record<string, (text: string) => unknown> = {
  throws: () => {
    throw Object.create(null);
  },
  nothing: () => undefined,
  misspelt: () => ({ ...requireApproval(), aprovers: ['finance'] }),
  truthy: () => true,
  silent: () => new Promise(() => undefined),
};
const schemas: Record<string, z.ZodString> = {
  url: z.string().refine((text) => new URL(text).protocol === 'https:'),
  async: z.string().refine(async (text) => Promise.resolve(text !== '')),
  rejected: z.string().refine(async () => Promise.reject(new Error('later'))),
  path: z.string().superRefine((_, context) => {
    context.addIssue({ code: 'custom', message: 'no', path: [Symbol('field')] });
  }),
};
const describing = (name: string) => ({ name, description: 'A tool of these tests.' });
const plain = z.strictObject({ text: z.string() });
const tools = [
  ...Object.entries(policies).map(([name, policy]) =>
    defineTool({
      ...{ ...describing(`policy_${name}`), parameters: plain, execute },
      policy: ({ text }) => policy(text) as Verdict,
    }),
  ),
  ...Object.entries(schemas).map(([name, text]) =>
    defineTool({
      ...{ ...describing(`schema_${name}`), parameters: z.strictObject({ text }), policy: allow(), execute },
    }),
  ),
  // Their schemas move some values only, which nobody sees before there is a call.
  defineTool({
    ...{ ...describing('moving_call'), execute, policy: requireApproval() },
    parameters: z.strictObject({ text: z.string().transform((text) => text.replace('hello', 'hello!')) }),
  }),
  defineTool({
    ...{ ...describing('moving_change'), execute, policy: requireApproval() },
    parameters: z.strictObject({ text: z.string().transform((text) => text.replace('grow', 'grow!')) }),
  }),
  // Asks about the model's own wish, and knows no answer about another one.
  defineTool({
    ...{ ...describing('edited'), parameters: plain, execute },
    policy: ({ text }) => (text === 'hello' ? requireApproval() : (true as never)),
  }),
];
const scenario = {
  rules: tools.map(({ name }) => ({
    when: [name],
    rounds: [{ calls: [{ tool: name, arguments: { text: 'hello' } }] }],
    reply: { perOutput: [{ say: '{{output}}' }] },
  })),
};
const app = appWith(tools);
const world = worldFor({ app, name: 'odd definitions', protocol: 'chat', simulator: { scenario } });

const asked = async (word: string) =>
  (await world.requests('chat.create')).filter(({ body }) => JSON.stringify(body).includes(`"${word} now"`));

describe('nothing runs, the model is told, and it is paid for twice at most', () => {
  test.concurrent.each(Object.keys(policies))('when a policy answers %s', async (name) => {
    const turn = await world.ended(`policy_${name} now`);
    expect(turn).toMatchObject({ status: 'completed', approvals: [] });
    expect(turn.reply).toContain(`The policy of "policy_${name}" failed, so nothing may run.`);
    expect(await asked(`policy_${name}`)).toHaveLength(2);
    expect(effects).toEqual([]);
  });

  test.concurrent.each(Object.keys(schemas))('when a schema fails: %s', async (name) => {
    const turn = await world.ended(`schema_${name} now`);
    expect(turn).toMatchObject({ status: 'completed', approvals: [] });
    const words =
      name === 'path'
        ? 'the arguments do not fit'
        : `The schema of "schema_${name}" failed, so nothing may run.`;
    expect(turn.reply).toContain(words);
    expect(await asked(`schema_${name}`)).toHaveLength(2);
    expect(effects).toEqual([]);
  });
});

test('a call whose schema would read it otherwise once more is never shown, and the model is told why', async () => {
  const turn = await world.ended('moving_call now');
  expect(turn).toMatchObject({ status: 'completed', approvals: [] });
  expect(turn.reply).toContain('text: The schema would change its own result');
  expect(effects).toEqual([]);
});

test('an edit whose schema would read it otherwise once more is refused by field, and the question stays', async () => {
  const approval = await world.asked('moving_change now');
  const receipt = await world.decide(approval, { decision: 'edit', arguments: { text: 'grow' } });
  expect(receipt).toMatchObject({
    ...{ outcome: 'refused', reason: 'invalid_arguments', status: 'pending' },
    problems: [{ field: 'text' }],
  });
  await world.decide(approval, { decision: 'deny' });
  await world.end(approval.turnId);
  expect(effects).toEqual([]);
});

test('an edit about which the policy says nothing is refused, and the question stays', async () => {
  const approval = await world.asked('edited now');
  const receipt = await world.decide(approval, { decision: 'edit', arguments: { text: 'goodbye' } });
  expect(receipt).toMatchObject({ outcome: 'refused', reason: 'forbidden', status: 'pending' });
  await world.decide(approval, { decision: 'deny' });
  expect(await world.end(approval.turnId)).toMatchObject({ approvals: [{ status: 'denied' }] });
  expect(effects).toEqual([]);
});
