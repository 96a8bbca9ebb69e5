import { AUTHENTICATED_BY, type Authenticated } from '@countersign/receipts';

const LONGEST = { name: 1_000, issuer: 2_000, at: 100, acr: 1_000 } as const;

/**
 * How a person was known, in the form that an entry has. Anybody who may write to the namespace may have written it, so what the record
 * does not know is left out: an entry that cannot be written would hold the effect back for ever.
 */
export function known(said: Partial<Authenticated> | undefined): { authenticated?: Authenticated } {
  const by = AUTHENTICATED_BY.find((one) => one === said?.by);
  if (said === undefined || by === undefined) return {};
  const texts = Object.entries(LONGEST).flatMap(([field, longest]) => {
    const value: unknown = said[field as keyof typeof LONGEST];
    return typeof value === 'string' && value !== '' && value.length <= longest ? [[field, value]] : [];
  });
  const passkey: unknown = said.passkey;
  return {
    authenticated: {
      by,
      ...(Object.fromEntries(texts) as Omit<Authenticated, 'by' | 'passkey'>),
      ...(passkey === true && { passkey }),
    },
  };
}
