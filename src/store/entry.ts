import type { Entry } from '@countersign/receipts';

/** An entry before it has its place. */
export type NewEntry = Omit<Entry, 'version' | 'tenant' | 'sequence'>;
