import type OpenAI from 'openai';
import { expect, test } from 'vitest';

import { connect } from './support/responses-bench.ts';

test('models are listed and shown; one that does not exist is told', async () => {
  const { models } = (await connect()).client;
  const listed: OpenAI.Model[] = [];
  for await (const model of models.list()) listed.push(model);
  expect(listed.map(({ id }) => id)).toContain('gpt-5');
  const [first] = listed;
  expect(first).toMatchObject({ object: 'model', owned_by: 'system' });
  expect(first!.created).toBeGreaterThan(1_700_000_000);
  expect(await models.retrieve('gpt-5')).toEqual(listed.find(({ id }) => id === 'gpt-5'));
  await expect(models.retrieve('gpt-0')).rejects.toMatchObject({
    status: 404,
    code: 'model_not_found',
    message: "404 The model 'gpt-0' does not exist",
  });
});
