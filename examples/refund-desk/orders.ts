/** A shop's order book, small enough to read: it stands for the system that has the effect. */
export interface Order {
  orderId: string;
  customer: string;
  item: string;
  totalCents: number;
}

const ORDERS: Order[] = [
  { orderId: 'A-1042', customer: 'Ada', item: 'Desk lamp', totalCents: 4_200 },
  { orderId: 'A-1043', customer: 'Grace', item: 'Office chair', totalCents: 18_900 },
  { orderId: 'A-1044', customer: 'Edsger', item: 'Notebook', totalCents: 900 },
];

export function findOrder(orderId: string): Order | undefined {
  return ORDERS.find((order) => order.orderId === orderId);
}

const refunds = new Map<string, string>();

/**
 * Pays money back, once for each idempotency key: a repeated request with the same key gets the first one's answer, as
 * payment providers do it.
 */
export function refund(request: { orderId: string; amountCents: number; idempotencyKey: string }): string {
  const done = refunds.get(request.idempotencyKey);
  if (done !== undefined) return done;
  const euros = (request.amountCents / 100).toFixed(2);
  const confirmation = `Refunded ${euros} EUR for order ${request.orderId}.`;
  refunds.set(request.idempotencyKey, confirmation);
  return confirmation;
}
