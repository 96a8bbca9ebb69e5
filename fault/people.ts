/** Who decides, and in which groups each of them is. */
export const APPROVERS = ['ada', 'grace', 'edsger', 'barbara'] as const;
export type Approver = (typeof APPROVERS)[number];

/** For whom every turn acts: where another person is wanted, her vote is refused. */
export const REQUESTER: Approver = 'ada';

export const FINANCE = 'finance';
export const ON_CALL = 'on-call';

export const GROUPS: Readonly<Record<Approver, string[]>> = {
  ada: [FINANCE],
  grace: [FINANCE],
  edsger: [FINANCE, ON_CALL],
  barbara: [FINANCE],
};
