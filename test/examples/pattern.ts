import { expect, test } from 'vitest';

import { commandsOf } from './clone.ts';
import { openRefundDesk } from './desk.ts';

/** What both plain loops promise. @param orderId - of the README's message, by which its question is known */
export function testPattern(example: string, orderId: string): void {
  const clone = openRefundDesk();

  /** All commands of the README in one shell, against the ports that `dev` has here. */
  async function start() {
    const { simulator, gateway } = await clone.dev();
    const command = commandsOf(example)
      .join('\n')
      .replace('http://127.0.0.1:8090/v1', simulator ?? '')
      .replace('http://127.0.0.1:8080', gateway);
    return clone.start(command);
  }

  async function decide(decision: object): Promise<void> {
    const { approvalId } = await clone.pending(`the question about ${orderId}`, ({ arguments: args }) =>
      String(args.action).startsWith(`Refund order ${orderId}`),
    );
    await clone.ask(`/v1/approvals/${approvalId}/decision`, decision);
  }

  test('carries out what a person approves, and goes on with the conversation', async () => {
    const program = await start();
    await decide({ decision: 'approve', note: 'Seen.' });
    const { code, stdout } = await program.finished;
    expect(stdout).toContain(`refunded ${orderId}: 4200 cents`);
    expect(stdout).toMatch(new RegExp(`reply: .*Refunded order ${orderId}\\. Notes: Seen\\.`));
    expect(stdout).toContain('reply: Hello! I am the refund desk.');
    expect(code).toBe(0);
  });

  test('does nothing when the answer is no', async () => {
    const program = await start();
    await decide({ decision: 'deny' });
    const { code, stdout } = await program.finished;
    expect(program.output()).not.toContain('refunded');
    expect(stdout).toContain(`reply: I did not refund order ${orderId}. Decision: denied`);
    expect(code).toBe(0);
  });
}
