/** An entry of the record before it has its place, in the form of `@countersign/receipts`. */
export interface NewEntry {
  /** When what it tells of happened: ISO 8601, UTC, with milliseconds. */
  time: string;
  kind: string;
  /** Follows from what it tells, so that a retry writes it once. */
  id: string;
  approvalId?: string;
  [field: string]: unknown;
}

export interface Entry extends NewEntry {
  version: 1;
  tenant: string;
  /** Its leaf in the tenant's tree, 0 the first. */
  sequence: number;
}
