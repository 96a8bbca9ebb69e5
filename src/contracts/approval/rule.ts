/** Who must agree before an approval is settled, beside the groups in `approvers`. */
export interface Rule {
  /** Of a request that names a person of the directory: nobody else may decide it, save by right of emergency. */
  person?: string;
  /** How many different people. Without it one person settles it, either way. */
  quorum?: Quorum;
  /**
   * The requester may not vote, nor the key that began the turn or asked the request. Whoever edits has authored the action, and cannot be
   * its only approver.
   */
  notRequester?: true;
  /** Which decisions need a reason. */
  note?: 'deny' | 'always';
  /** These groups may decide, too, once the question has been open for so long. By the time of the vote: nothing else widens it. */
  alsoAfter?: LaterGroups[];
  /** Members of these groups may settle it alone, with a reason of at least 10 characters. */
  breakGlass?: { groups: string[] };
  /** From the last vote to the effect, in ms. An older approval is asked for again. */
  freshForMs?: number;
  /** How recently and how strongly a voter must have been authenticated. */
  auth?: AuthRule;
  /** Whoever approves it may approve later calls that are the same or narrower, for at most so long. */
  mayGrant?: GrantTerms;
}

/** What a decision lets through beside its own action, and for how long: the same calls, or narrower ones. */
export interface GrantTerms {
  /** From the decision that settled it. */
  forMs: number;
  /** Arguments that are numbers and may be less. All others must be the same. */
  narrowerBy: string[];
  /** Calls of the same conversation, or of all conversations of the same requester. */
  boundTo: 'conversation' | 'requester';
}

/** How many different people must agree. */
export interface Quorum {
  /** So many approvals settle it. */
  approve: number;
  /** So many denials settle it. */
  deny: number;
  /** Of those who approve, so many must belong to these groups. One person counts for each of her groups. */
  from?: Share[];
}

/** Groups that may decide some time after the question was asked. */
export interface LaterGroups {
  afterMs: number;
  groups: string[];
}

/** So many voters of one group. */
export interface Share {
  group: string;
  atLeast: number;
}

/** What the authentication of a voter must be. */
export interface AuthRule {
  /** Not longer ago. */
  maxAgeMinutes?: number;
  /** The authentication context class that the identity provider must state. */
  acr?: string;
  /** A passkey was touched for this decision. */
  passkey?: true;
}

/** How a person was known to whoever took the decision. */
export interface Authenticated {
  by: 'key' | 'oidc' | 'link' | 'webhook' | 'cli' | 'handover' | 'slack' | 'signal' | 'client';
  /** Of the key or the webhook source. */
  name?: string;
  /** Of the identity provider. */
  issuer?: string;
  /** ISO 8601: when. */
  at?: string;
  acr?: string;
  passkey?: true;
}

/** The shortest reason of a break-glass decision, in characters. */
export const BREAK_GLASS_NOTE_CHARACTERS = 10;
/** More people than this no rule asks for. */
export const QUORUM_MAXIMUM = 100;
/** So often the arguments of one approval may be changed; each time earlier votes fall. */
export const PROPOSALS_MAXIMUM = 10;
