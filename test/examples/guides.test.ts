import { expect, test } from 'vitest';

import { openRefundDesk } from './desk.ts';

test('a tool of any framework asks a person before it acts', async () => {
  const clone = openRefundDesk();
  const { gateway, apiKey } = await clone.dev();
  const program = clone.start('npx node examples/guides/any-framework.ts', {
    DECISIONS_URL: gateway,
    DECISIONS_API_KEY: apiKey,
  });
  const { approvalId } = await clone.pending('the question about A-1045', ({ arguments: args }) =>
    String(args.action).startsWith('Refund order A-1045'),
  );
  await clone.ask(`/v1/approvals/${approvalId}/decision`, { decision: 'approve' });
  expect(await program.finished).toEqual({
    code: 0,
    stdout: 'Refunded 4200 cents for A-1045.\n',
    stderr: '',
  });
});

test('a program approves through Temporal, and is told what came of it', async () => {
  const clone = openRefundDesk();
  const { temporal } = await clone.dev();
  const { turnId } = await clone.ask<{ turnId: string }>('/v1/conversations/night-shift/turns', {
    message: 'Please refund order A-1046, it arrived broken',
  });
  const { approvalId } = await clone.pending('the refund of A-1046', (asked) => asked.turnId === turnId);
  const program = `npx node --conditions=countersign-source examples/guides/approve.ts ${approvalId}`;
  expect(await clone.run(program, { TEMPORAL_ADDRESS: temporal })).toBe('applied\n');
});
