import { expect, test } from 'vitest';
import { z } from 'zod';

import { requireChannels } from '../src/define.ts';
import { allow, defineApp, defineAssistant, defineTool, requireApproval, type Tool } from '../src/index.ts';

const tool = (name: string, policy: Parameters<typeof defineTool>[0]['policy']): Tool =>
  defineTool({
    name,
    description: 'Does it.',
    parameters: z.strictObject({}),
    policy,
    execute: () => 'Done.',
  });

const appWith = (...tools: Tool[]) =>
  defineApp({ assistants: [defineAssistant({ name: 'desk', model: 'm', instructions: 'Help.', tools })] });

test('no tool may be named like what is asked for over HTTP', () => {
  expect(() => tool('request', allow())).toThrow(/"request" stands for .*POST \/decisions.*take another one/);
  expect(tool('request_refund', allow()).name).toBe('request_refund');
});

test('a channel that is not configured is refused by tool name, with the remedy', () => {
  const app = appWith(
    tool('plain', requireApproval()),
    tool('shared', requireApproval({ askAlso: 'handover' })),
  );
  expect(() => requireChannels(app, [])).toThrow(/tool "shared".*Set COUNTERSIGN_HANDOVER_URL/);
  expect(() => requireChannels(app, ['handover'])).not.toThrow();
  expect(() => requireChannels(appWith(tool('plain', requireApproval())), [])).not.toThrow();
});
