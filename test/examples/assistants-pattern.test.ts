import { expect, test } from 'vitest';

import { openRefundDesk } from './desk.ts';
import { testPattern } from './pattern.ts';

testPattern('assistants-pattern', 'A-1043');

test('makes its assistant once', async () => {
  const clone = openRefundDesk();
  const { simulator } = await clone.dev();
  const environment = { OPENAI_BASE_URL: simulator ?? '', OPENAI_API_KEY: 'any' };
  const output = await clone.run('npx node examples/assistants-pattern/refund-desk.ts Hello', environment);
  expect(output).toContain('reply: Hello!');
  expect(output).not.toContain('assistant created');
});
