import { canonical } from './digest.ts';
import { digest, integer, listOf, mapOf, object, oneOf, orNull, text, time, version } from './fields.ts';
import { leafHash } from './merkle/hash.ts';
import {
  checkAuthenticated,
  checkGrantTerms,
  checkRule,
  type Authenticated,
  type GrantTerms,
  type Rule,
} from './rule.ts';

/** What an entry can tell. */
export const ENTRY_KINDS = [
  'requested',
  'voted',
  'refused',
  'settled',
  'parked',
  'started',
  'executed',
  'failed',
  'unknown',
  'stale',
  'expired',
  'cancelled',
  'noticed',
  'escalated',
  'delegated',
  'break-glass',
  'granted',
  'grant-revoked',
] as const;
export type EntryKind = (typeof ENTRY_KINDS)[number];

/** What a person can decide. */
export const DECISIONS = ['approve', 'deny', 'edit', 'respond'] as const;

/** Who decided, or tried to. */
export interface Person {
  id: string;
  groups?: string[];
}

/** One step that matters, for ever. Its canonical JSON is a leaf of the tenant's tree. */
export interface Entry {
  version: 1;
  tenant: string;
  /** Its leaf in the tenant's tree; 0 is the first. */
  sequence: number;
  /** UTC with milliseconds: when what it tells of happened. */
  time: string;
  kind: EntryKind;
  /** Follows from what it tells, such as `voted:<approvalId>:<decisionId>`. Written once for a tenant. */
  id: string;
  approvalId?: string;
  turnId?: string;
  conversationId?: string;
  decisionId?: string;
  tool?: string;
  /** Of the arguments it is about: what a person saw, what was settled, what ran. */
  digest?: string;
  decision?: (typeof DECISIONS)[number];
  /** Of `settled`: `approved`, `denied`, `answered`. */
  status?: string;
  person?: Person;
  /** Of `requested`: for whom, or by whose key. */
  requester?: string;
  /** Of `requested`: what has to be met. Of an edit: what has to be met from then on. */
  rule?: Rule;
  /** How the person was known. */
  authenticated?: Authenticated;
  /** Of `voted` and `break-glass`: the gateway's signature over the decision, a compact JWS. */
  attestation?: string;
  /** Of `voted`: the grant that was asked for. Of `granted`: the one that was given. */
  grant?: GrantTerms;
  /** Of `granted` and `grant-revoked`: the approval that it was given with. Of `settled`: the grant that let it through, in place of people. */
  grantId?: string;
  /** Of `granted`: when it ends. */
  until?: string;
  /** Of `refused`: why, in a word. Of `grant-revoked`: why, in words. */
  reason?: string;
  /** Of `requested`. */
  deadline?: string | null;
  /** Names (arguments, note, response, reason, output) and the digests of what is kept beside the record, and may be erased. */
  contents?: Record<string, string>;
}

const checkEntry = object(
  {
    version: version('an entry'),
    tenant: text(),
    sequence: integer(),
    time,
    kind: oneOf(ENTRY_KINDS),
    id: text(2_000),
  },
  {
    approvalId: text(),
    turnId: text(),
    conversationId: text(),
    decisionId: text(),
    tool: text(),
    digest,
    decision: oneOf(DECISIONS),
    status: text(100),
    person: object({ id: text() }, { groups: listOf(text()) }),
    requester: text(),
    rule: checkRule,
    authenticated: checkAuthenticated,
    attestation: text(100_000),
    grant: checkGrantTerms,
    grantId: text(),
    until: time,
    reason: text(),
    deadline: orNull(time),
    contents: mapOf(digest),
  },
);

/**
 * Reads an entry.
 *
 * @throws FormatError naming the field, and what is allowed there.
 */
export function parseEntry(value: unknown): Entry {
  checkEntry(value, 'entry');
  return value as Entry;
}

/** The hash of the entry's leaf: over its canonical JSON in UTF-8. */
export function entryLeaf(entry: Entry): Uint8Array {
  return leafHash(Buffer.from(canonical(entry)));
}
