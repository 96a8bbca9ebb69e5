import { z } from 'zod';

import { allow, defineApp, defineAssistant, defineTool } from '../../../src/index.ts';

/** Two tools under one name: nobody could tell which one a person has approved. */
const tools = ['Look an order up.', 'Look a customer up.'].map((description) =>
  defineTool({
    ...{ name: 'look_up', description, policy: allow() },
    parameters: z.strictObject({ id: z.string() }),
    execute: ({ id }) => id,
  }),
);

export default defineApp({
  assistants: [defineAssistant({ name: 'desk', model: 'gpt-test', instructions: 'Help.', tools })],
});
