import { integer, listOf, object, oneOf, text, yes } from './fields.ts';

/** What had to be met before the approval could be settled. Times are in ms. */
export interface Rule {
  /** Groups, one of which every voter must belong to. */
  approvers?: string[];
  /** Nobody else may decide it, save by right of emergency. */
  person?: string;
  /** How many different people; without it one settles it, either way. */
  quorum?: { approve: number; deny: number; from?: { group: string; atLeast: number }[] };
  /** The requester may not vote, and whoever edited cannot be the only approver. */
  notRequester?: true;
  /** Which decisions need a reason. */
  note?: 'deny' | 'always';
  /** These groups may decide, too, once it has been open for so long. */
  alsoAfter?: { afterMs: number; groups: string[] }[];
  /** Members of these groups may settle it alone, with a reason. */
  breakGlass?: { groups: string[] };
  /** From the last vote to the effect. */
  freshForMs?: number;
  /** How recently and how strongly a voter must have been authenticated. */
  auth?: { maxAgeMinutes?: number; acr?: string; passkey?: true };
  /** Whoever approves it may approve later calls, too, for at most so long. */
  mayGrant?: GrantTerms;
}

/** Which later calls a decision lets through: the same, or with lower numbers in the arguments that are named. */
export interface GrantTerms {
  /** From the decision that settled it. */
  forMs: number;
  narrowerBy: string[];
  /** Calls of the same conversation, or of the same requester. */
  boundTo: (typeof BOUND_TO)[number];
}

const BOUND_TO = ['conversation', 'requester'] as const;

/** How a person was known to whoever took the decision. */
export interface Authenticated {
  by: (typeof AUTHENTICATED_BY)[number];
  /** Of the key or the webhook source. */
  name?: string;
  /** Of the identity provider. */
  issuer?: string;
  /** When. */
  at?: string;
  acr?: string;
  passkey?: true;
}

export const AUTHENTICATED_BY = [
  'key',
  'oidc',
  'link',
  'webhook',
  'cli',
  'handover',
  'slack',
  'signal',
  'client',
] as const;

const groups = listOf(text());

export const checkGrantTerms = object({
  forMs: integer(1),
  narrowerBy: listOf(text(), 100),
  boundTo: oneOf(BOUND_TO),
});

export const checkRule = object(
  {},
  {
    approvers: groups,
    person: text(),
    quorum: object(
      { approve: integer(1), deny: integer(1) },
      { from: listOf(object({ group: text(), atLeast: integer(1) })) },
    ),
    notRequester: yes,
    note: oneOf(['deny', 'always']),
    alsoAfter: listOf(object({ afterMs: integer(1), groups })),
    breakGlass: object({ groups }),
    freshForMs: integer(1),
    auth: object({}, { maxAgeMinutes: integer(1), acr: text(), passkey: yes }),
    mayGrant: checkGrantTerms,
  },
);

export const checkAuthenticated = object(
  { by: oneOf(AUTHENTICATED_BY) },
  { name: text(), issuer: text(2_000), at: text(100), acr: text(), passkey: yes },
);
