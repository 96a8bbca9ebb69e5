/** Stands for the systems that have the effects, in memory. */
const payments = new Map<string, string>();

function once(key: string, text: string): string {
  const done = payments.get(key) ?? text;
  payments.set(key, done);
  return done;
}

export const bank = {
  refund: ({ orderId, amountCents }: { orderId: string; amountCents: number }, key: string) =>
    once(key, `Refunded ${amountCents} cents for ${orderId}.`),
  pay: ({ invoice, amountCents }: { invoice: string; amountCents: number }, key: string) =>
    once(key, `Paid ${amountCents} cents for ${invoice}.`),
  balanceOf: (_account: string): Promise<number> => Promise.resolve(0),
  close: (account: string) => `Closed ${account}.`,
  find: (key: string): Promise<string | null> => Promise.resolve(payments.get(key) ?? null),
};

export const directory = {
  close: (userId: string, { tenant }: { tenant: string }) => `Closed ${userId} of ${tenant}.`,
};
