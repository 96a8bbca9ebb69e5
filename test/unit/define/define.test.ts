import { expect, test } from 'vitest';
import { z } from 'zod';

import { requireChannels, requireNotified, requireSpoken } from '../../../src/define/requirements.ts';
import {
  allow,
  defineApp,
  defineAssistant,
  defineTool,
  requireApproval,
  type Tool,
} from '../../../src/index.ts';

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
  expect(() => tool('request', allow())).toThrow(
    /"request" is reserved for .*POST \/decisions.*use another one/,
  );
  expect(tool('request_refund', allow()).name).toBe('request_refund');
});

test.each([
  ['nothing', undefined],
  ['true', true],
  ['a kind that there is not', { kind: 'maybe' }],
  ['a misspelt field', { kind: 'ask', aprovers: ['finance'] }],
  ['a limit that is no length of time', { kind: 'ask', withinMs: Number.NaN }],
  ['a question that is parked for ever', { kind: 'ask', onRunDeadline: 'park' }],
  ['a refusal without a reason', { kind: 'forbid' }],
])('a policy that is %s is no verdict', (_, policy) => {
  expect(() => tool('refund', policy as never)).toThrow(
    /"refund": policy must be allow\(\), forbid\(reason\), requireApproval/,
  );
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

test('a policy that tells people by what the worker has not is refused by name, with what is allowed', () => {
  const told = requireApproval({ notify: ['mail', 'push'] });
  const mcp = [{ serverLabel: 'shop', serverUrl: 'https://mcp.example.com', policy: told }];
  const served = defineAssistant({ name: 'desk', model: 'm', instructions: 'Help.', mcp });
  expect(() => requireNotified(appWith(tool('refund', told)), ['mail', 'slack'])).toThrow(
    /policy of tool "refund" names the channel "push", which is not configured\. Configured: mail, slack\. Set COUNTERSIGN_VAPID_PUBLIC_KEY.*or take "push" out/,
  );
  expect(() => requireNotified(defineApp({ assistants: [served] }), [])).toThrow(
    /MCP server "shop" names the channel "mail".*No channel is configured\. Set COUNTERSIGN_SMTP_URL/,
  );
  expect(() => requireNotified(appWith(tool('refund', told)), ['mail', 'push'])).not.toThrow();
  expect(() => requireNotified(appWith(tool('refund', requireApproval())), [])).not.toThrow();
});

test('what only another protocol has is refused by name, with the setting', () => {
  const desk = { name: 'desk', model: 'm', instructions: 'Help.' };
  const mcp = [{ serverLabel: 'shop', serverUrl: 'https://mcp.example.com', policy: requireApproval() }];
  const served = defineApp({ assistants: [defineAssistant({ ...desk, mcp })] });
  const searching = defineApp({
    assistants: [defineAssistant({ ...desk, builtInTools: { fileSearch: true } })],
  });
  expect(() => requireSpoken(served, 'chat')).toThrow(/"desk" has mcp.*COUNTERSIGN_PROVIDER to "responses"/);
  expect(() => requireSpoken(searching, 'responses')).toThrow(
    /builtInTools.*COUNTERSIGN_PROVIDER to "assistants"/,
  );
  expect(() => requireSpoken(served, 'responses')).not.toThrow();
  expect(() => requireSpoken(searching, 'assistants')).not.toThrow();
});
