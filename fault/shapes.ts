import type { Scenario } from '@countersign/openai-simulator';

/**
 * The turns of the campaign. Which tools a turn calls, and in which rounds; what the "model" does follows from it, because
 * the shape's word stands in the user's message.
 *
 *   single     one gated call of an idempotent tool
 *   careful    one gated call of a reconcilable tool
 *   once       one gated call of an at-most-once tool
 *   twins      the same gated call twice in one round, under one id
 *   mixed      three calls side by side, two of them gated
 *   rounds     three rounds of calls, two of them gated
 *   brief      a question nobody answers before its deadline
 *   withdrawn  cancelled by the service while the question stands
 *   retracted  cancelled by the service while the decision is on its way
 *   parked     answered after its run is over
 *   pair       one gated call that two people must agree to, and not the requester; or one of them in an emergency
 *   fresh      one gated call whose approval lasts for seconds
 *   granted    the same gated call three times, approved once with a grant, which is taken back in the middle
 */
export const ROUNDS = {
  single: [['pay']],
  careful: [['transfer']],
  once: [['mail']],
  twins: [['mail', 'mail']],
  mixed: [['pay', 'lookup', 'mail']],
  rounds: [['lookup'], ['pay'], ['transfer']],
  brief: [['hurry']],
  withdrawn: [['pay']],
  retracted: [['pay']],
  parked: [['defer']],
  pair: [['wire']],
  fresh: [['renew']],
  granted: [['charge'], ['charge'], ['transfer'], ['charge']],
} as const satisfies Record<string, readonly (readonly ToolName[])[]>;

export type Shape = keyof typeof ROUNDS;

/** What each tool promises, and whether a person has to sign it off. */
export const TOOLS = {
  lookup: { effect: 'idempotent', isGated: false },
  pay: { effect: 'idempotent', isGated: true },
  transfer: { effect: 'reconcilable', isGated: true },
  mail: { effect: 'at-most-once', isGated: true },
  hurry: { effect: 'idempotent', isGated: true },
  defer: { effect: 'reconcilable', isGated: true },
  wire: { effect: 'reconcilable', isGated: true },
  renew: { effect: 'reconcilable', isGated: true },
  charge: { effect: 'reconcilable', isGated: true },
} as const;

export type ToolName = keyof typeof TOOLS;
export type GatedTool = Exclude<ToolName, 'lookup'>;

export function gatedToolsOf(shape: Shape): GatedTool[] {
  return [...new Set(ROUNDS[shape].flat())].filter((tool) => tool !== 'lookup');
}

/** Words no tool, argument or notice contains, so that a message about an earlier call starts nothing new. */
const wordOf = (shape: Shape): string => `campaign-${shape}`;

/** The user's message of a turn. */
export function messageOf({ shape, orderId, amountCents }: Order): string {
  return `${wordOf(shape)}: order ${orderId} of ${amountCents} cents`;
}

interface Order {
  shape: Shape;
  orderId: string;
  amountCents: number;
}

/** What the simulator's "model" does: the calls of the shape, with the order and the amount of the message. */
export const SCENARIO: Scenario = {
  rules: (Object.keys(ROUNDS) as Shape[]).map((shape) => ({
    name: shape,
    when: [wordOf(shape)],
    extract: [String.raw`order (?<orderId>A-\d+-\d+) of (?<amountCents>\d+) cents`],
    rounds: ROUNDS[shape].map((tools) => ({
      calls: tools.map((tool) => ({
        tool,
        arguments: { orderId: '{{orderId}}', amountCents: '{{amountCents:number}}' },
      })),
    })),
    reply: 'It is settled. {{outputs}}',
  })),
  otherwise: { reply: 'Thank you for the news.' },
};
