/**
 * What the "model" does in tests. The first word of a message names the rule; calls are written out, so that a test shows
 * the whole exchange.
 */
const call = (tool: string, args: Record<string, unknown>) => ({ tool, arguments: args });
const order = { orderId: 'A-1' };

const echo = { perOutput: [{ say: '{{tool}}: {{output}}' }] };
const rule = (word: string, ...rounds: { tool: string }[][]) => ({
  when: [word],
  rounds: rounds.map((calls) => ({ calls })),
  reply: echo,
});

export const SCENARIO = {
  rules: [
    // What we tell about earlier calls names their tools; it is no new wish.
    { when: ['news about'], reply: 'Thank you for the news.' },
    rule('single', [call('refund', { ...order, amountCents: 4_200 })]),
    rule('large', [call('refund', { ...order, amountCents: 60_000 })]),
    rule('forbidden', [call('refund', { ...order, amountCents: 200_000 })]),
    rule('parallel', [
      call('refund', { orderId: 'A-1', amountCents: 100 }),
      call('lookup', order),
      call('refund', { orderId: 'A-2', amountCents: 200 }),
    ]),
    rule('mixed', [call('refund', { ...order, amountCents: 100 }), call('wipe', order)]),
    rule(
      'rounds',
      [call('lookup', order)],
      [call('refund', { ...order, amountCents: 100 })],
      [call('refund', { ...order, amountCents: 200 })],
    ),
    rule('ungated', [call('lookup', order)]),
    rule('wiping', [call('wipe', order)]),
    rule('brief', [call('brief', order)]),
    rule('fragile', [call('fragile', order)]),
    rule('fragility', [call('fragile', order), call('refund', { ...order, amountCents: 100 })]),
    rule('patient', [call('patient', order)]),
    rule('twofold', [
      call('patient', { orderId: 'A-1' }),
      call('patient', { orderId: 'A-2' }),
      call('lookup', order),
    ]),
    rule('audited', [call('audited', order)]),
    { ...rule('pensive', [call('lookup', order)]), thinkMs: 3_000 },
    rule('hurried', [call('hurried', order)]),
    rule('rushed', [call('rushed', order)]),
    rule('malformed', [{ tool: 'refund', rawArguments: '{"orderId": "A-1", ' } as { tool: string }]),
    rule('misfit', [call('refund', { orderId: 'nonsense', amountCents: -1, extra: true })]),
    rule('stranger', [call('launch_rocket', {})]),
    {
      when: ['failing'],
      end: { status: 'failed', error: { code: 'server_error', message: 'The model fell over.' } },
    },
    {
      when: ['limited'],
      end: { status: 'failed', error: { code: 'rate_limit_exceeded', message: 'Too fast.' } },
    },
    { when: ['truncated'], end: { status: 'incomplete', reason: 'max_completion_tokens' } },
    { when: ['expiring'], end: { status: 'expired' } },
    { when: ['vanishing'], end: { status: 'cancelled' } },
    { when: ['puzzling'], end: { status: 'generating', holdMs: 600_000 } },
    { when: ['slowly'], thinkMs: 60_000, reply: 'At last.' },
  ],
  otherwise: { reply: 'Hello.' },
};
