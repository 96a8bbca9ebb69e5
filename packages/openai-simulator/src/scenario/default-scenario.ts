import type { Choice, Scenario } from './schema.ts';

const ORDER = String.raw`(?<![\w-])(?<orderId>[A-Z]+-\d+)(?![\w-])`;
const DETAILS = [
  ORDER,
  String.raw`\border\s+#?(?<orderId>[A-Z]*-?\d[\w-]*)`,
  String.raw`(?:\$|€|usd\s*)(?<amount>\d+(?:\.\d{1,2})?)`,
  String.raw`(?:because|reason:)\s+(?<reason>[^.!?\n]+)`,
  String.raw`,\s*(?!please\b|and\b)(?<reason>[^.,!?\n]+)[.!?\s]*$`,
];
const VALUES = { orderId: 'A-1042', amount: '42.00', reason: 'requested by the customer' };
const REFUND = {
  tool: 'refund_order',
  each: ORDER,
  arguments: { orderId: '{{orderId}}', amountCents: '{{amount:cents}}', reason: '{{reason}}' },
};
const LOOK_UP = { tool: 'lookup_order', each: ORDER, arguments: { orderId: '{{orderId}}' } };

/** What the desk says about one output. Whatever it does not know, such as a person's own words, it passes on. */
const SENTENCES: Choice[] = [
  {
    tool: 'refund_order',
    contains: ['denied', 'do not proceed', 'not carried out', 'not executed', 'timed out', 'failed'],
    say: 'I did not refund order {{call.orderId}}. {{output}}',
  },
  {
    tool: 'refund_order',
    matches: String.raw`^refunded\b`,
    say: 'Order {{call.orderId}} has been refunded: {{output}}',
  },
  {
    tool: 'refund_order',
    matches: String.raw`^(?:done\.?$|\{(?!.*"error").*(?:refund|executed|amountCents|"ok"))`,
    say: 'Order {{output.orderId|call.orderId}} has been refunded: {{output.amountCents|call.amountCents:money}}.',
  },
  { tool: 'refund_order', say: 'About order {{call.orderId}}: {{output}}' },
  { tool: 'lookup_order', say: 'Here is what I found about order {{call.orderId}}: {{output}}' },
];

/** A refund desk: `lookup_order` shows an order, `refund_order` pays it back. */
export const DEFAULT_SCENARIO: Scenario = {
  rules: [
    {
      // A message that names the tool is news about an earlier call, not a new wish.
      name: 'news',
      when: ['refund_order'],
      reply: 'Thank you for the news. {{message}}',
    },
    {
      name: 'look up, then refund',
      when: ['look up', 'refund'],
      extract: DETAILS,
      values: VALUES,
      rounds: [{ calls: [LOOK_UP] }, { calls: [REFUND] }],
      reply: { perOutput: SENTENCES },
    },
    {
      name: 'refund',
      when: ['refund', 'order'],
      extract: DETAILS,
      values: VALUES,
      rounds: [{ calls: [REFUND] }],
      reply: { perOutput: SENTENCES },
    },
    {
      name: 'look up',
      when: ['look up', 'order'],
      extract: DETAILS,
      values: VALUES,
      rounds: [{ calls: [LOOK_UP] }],
      reply: { perOutput: SENTENCES },
    },
  ],
  otherwise: {
    reply:
      'Hello! I am the refund desk. I can look up an order or refund it: name the order, such as A-1042.',
  },
};
