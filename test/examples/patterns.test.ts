import { describe, expect, test } from 'vitest';

import { commandsOf } from './clone.ts';
import { openRefundDesk } from './desk.ts';

const clone = openRefundDesk();

/** What both plain loops promise; their questions are known by the order of the README's message. */
describe.each([
  ['chat-pattern', 'A-1042'],
  ['assistants-pattern', 'A-1043'],
])('%s', (example, orderId) => {
  /** All commands of the README in one shell, against the ports that `dev` has here; and a person's decision. */
  async function decided(decision: object) {
    const { simulator, gateway } = await clone.dev();
    const command = commandsOf(example)
      .join('\n')
      .replace('http://127.0.0.1:8090/v1', simulator ?? '')
      .replace('http://127.0.0.1:8080', gateway);
    const program = clone.start(command);
    const { approvalId } = await clone.pending(`the question about ${orderId}`, ({ arguments: args }) =>
      String(args.action).startsWith(`Refund order ${orderId}`),
    );
    await clone.ask(`/v1/approvals/${approvalId}/decision`, decision);
    return program.finished;
  }

  test('carries out what a person approves, and goes on with the conversation', async () => {
    const { code, stdout } = await decided({ decision: 'approve', note: 'Seen.' });
    expect(stdout).toContain(`refunded ${orderId}: 4200 cents`);
    expect(stdout).toMatch(new RegExp(`reply: .*Refunded order ${orderId}\\. Notes: Seen\\.`));
    expect(stdout).toContain('reply: Hello! I am the refund desk.');
    expect(code).toBe(0);
  });

  test('does nothing when the answer is no', async () => {
    const { code, stdout, stderr } = await decided({ decision: 'deny' });
    expect(stdout + stderr).not.toContain('refunded');
    expect(stdout).toContain(`reply: I did not refund order ${orderId}. Decision: denied`);
    expect(code).toBe(0);
  });
});

test('the Assistants loop makes its assistant once', async () => {
  const { simulator } = await clone.dev();
  const environment = { OPENAI_BASE_URL: simulator ?? '', OPENAI_API_KEY: 'any' };
  const output = await clone.run('npx node examples/assistants-pattern/refund-desk.ts Hello', environment);
  expect(output).toContain('reply: Hello!');
  expect(output).not.toContain('assistant created');
});
