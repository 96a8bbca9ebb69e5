import { askPerson } from './ask-person.ts';

/** The tools as the model is told of them. Every field is required and none may be added, so that they can be strict. */
export const FUNCTIONS = [
  {
    name: 'lookup_order',
    description: 'Shows an order.',
    strict: true,
    parameters: {
      type: 'object',
      properties: { orderId: { type: 'string' } },
      required: ['orderId'],
      additionalProperties: false,
    },
  },
  {
    name: 'refund_order',
    description: 'Pays an order back. A person is asked first.',
    strict: true,
    parameters: {
      type: 'object',
      properties: {
        orderId: { type: 'string' },
        amountCents: { type: 'integer' },
        reason: { type: 'string' },
      },
      required: ['orderId', 'amountCents', 'reason'],
      additionalProperties: false,
    },
  },
];

/**
 * Carries one call out, or says why not: what it returns is the tool's output. A refusal says plainly that nothing was done, or
 * a model may claim otherwise.
 *
 * @param args - the model's text. It may be no JSON at all: then it is refused, never repaired.
 */
export async function carryOut(
  callId: string,
  tool: string,
  args: string,
  timeoutMinutes: number,
): Promise<string> {
  const { orderId, amountCents, reason } = parse(args);
  if (typeof orderId !== 'string') return 'Not done: the arguments must be JSON with an orderId.';
  switch (tool) {
    case 'lookup_order':
      return JSON.stringify({ orderId, amountCents: 4_200, state: 'delivered' });
    // #region gated
    case 'refund_order': {
      if (!Number.isInteger(amountCents)) return 'Not done: amountCents must be a whole number.';
      const action = `Refund order ${orderId}: ${String(amountCents)} cents (${String(reason)})`;
      const { status, response_notes } = await askPerson(callId, action, timeoutMinutes);
      const notes = response_notes === null ? '' : ` Notes: ${response_notes}`;
      if (status === 'expired') return 'Timed out. Do not proceed.';
      // "modified" is a person's word to be read, not a yes to what was asked.
      if (status !== 'approved') return `Decision: ${status}. Nothing was done.${notes}`;
      console.log(`refunded ${orderId}: ${String(amountCents)} cents`);
      return `Refunded order ${orderId}.${notes}`;
    }
    // #endregion gated
    default:
      return `Not done: there is no tool "${tool}".`;
  }
}

function parse(args: string): Record<string, unknown> {
  try {
    const parsed: unknown = JSON.parse(args);
    return typeof parsed === 'object' && parsed !== null ? { ...parsed } : {};
  } catch {
    return {};
  }
}
