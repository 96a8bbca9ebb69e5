export const APPROVAL_STATUSES = [
  'pending',
  'approved',
  'denied',
  'answered',
  'expired',
  'cancelled',
] as const;
/** How an approval stands. */
export type ApprovalStatus = (typeof APPROVAL_STATUSES)[number];
