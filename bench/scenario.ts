/** What the simulated model does in every benchmark, ours and the peers': the first word of a message names the rule. */
export interface BenchScenario {
  rules: object[];
  otherwise: { reply: string };
}

/** A call that the model makes. */
export function refund(tool = 'refund_order', more: object = {}): object {
  return {
    tool,
    arguments: { orderId: 'A-1042', amountCents: 4_200, reason: 'It was too bright.', ...more },
  };
}

/** A rule for messages that contain the word: so many rounds, each with these calls, then a short reply. */
export function rule(word: string, ...rounds: object[][]): object {
  return { when: [word], rounds: rounds.map((calls) => ({ calls })), reply: 'It is done.' };
}

export const SCENARIO: BenchScenario = {
  rules: [
    { when: ['news about'], reply: 'Thank you.' },
    rule('gated', [refund()]),
    rule('quorum', [refund('refund_by_one')]),
    rule('once', [refund('refund_once')]),
    rule('later', [refund('refund_later')]),
    rule('ungated', [refund('refund_small')]),
    rule('working', [refund('refund_small', { workMs: 2_000 })]),
  ],
  otherwise: { reply: 'Hello.' },
};
