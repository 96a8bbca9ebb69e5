/**
 * A tool of any framework that asks a person before it acts:
 *
 *   node examples/guides/any-framework.ts
 *
 * DECISIONS_URL and DECISIONS_API_KEY say where people are; see examples/chat-pattern.
 */
import { askPerson } from '../chat-pattern/ask-person.ts';
import { bank } from './systems.ts';

interface Refund {
  orderId: string;
  amountCents: number;
}

// #region execute
/** What your framework calls; `callId` is the id it gives to the tool call. */
async function refundOrder(callId: string, refund: Refund): Promise<string> {
  const action = `Refund order ${refund.orderId}: ${refund.amountCents} cents`;
  const { status, response_notes } = await askPerson(callId, action, 60);
  if (status !== 'approved') return `Not done: ${status}. ${response_notes ?? ''}`;
  return bank.refund(refund, callId);
}
// #endregion execute

console.log(await refundOrder('call_1', { orderId: 'A-1045', amountCents: 4_200 }));
