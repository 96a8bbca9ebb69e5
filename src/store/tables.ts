import type { Generated } from 'kysely';

/** Times are milliseconds since 1970. What migrations.ts makes, as queries see it. */
export interface Tables {
  schema_versions: { version: number; applied_at: number };
  trees: { tenant: string; size: number; peaks: Uint8Array };
  entries: {
    tenant: string;
    sequence: number;
    id: string;
    approval_id: string | null;
    time: number;
    /** Canonical JSON: the bytes the leaf is the hash of. */
    entry: string;
    leaf: Uint8Array;
  };
  tree_nodes: { tenant: string; number: number; hash: Uint8Array };
  contents: { tenant: string; digest: string; content: string | null; erased_at: number | null };
  checkpoints: { tenant: string; size: number; root: string; time: number; checkpoint: string };
  approvals: {
    number: Generated<number>;
    tenant: string;
    approval_id: string;
    turn_id: string | null;
    conversation_id: string | null;
    tool: string;
    status: string;
    requested_at: number;
    /** `NEVER` for none: they come last. */
    deadline: number;
    resolved_at: number | null;
    requested_by: string | null;
    /** A JSON list. */
    approvers: string;
    text: string;
    /** What a search compares: the words of `text`, between spaces. */
    words: string;
    /** JSON: what a list shows. */
    card: string;
    /** As the tool states it. */
    risk: string | null;
  };
  /** Who may decide what waits: a row for each group, or for one person, or for anybody. */
  audience: {
    tenant: string;
    approval_id: string;
    who: string;
    /** Not before. */
    since: number;
    deadline: number;
    requested_at: number;
    /** Ids between line breaks: these people may not, or have voted. */
    without: string;
  };
  grants: {
    tenant: string;
    /** Of the approval that it was given with. */
    grant_id: string;
    tool: string;
    /** The digest of all that must be the same (contracts/approval/narrower.ts). */
    bound: string;
    ends_at: number;
    /** JSON: the whole grant, with the decisions that gave it; nothing once it was erased. */
    body: string;
    revoked_at: number | null;
    revoked_by: string | null;
    reason: string | null;
  };
  people: {
    tenant: string;
    person_id: string;
    name: string | null;
    updated_at: number;
    zone: string | null;
    /** JSON, as the two that follow. */
    quiet: string | null;
    away: string | null;
    channels: string | null;
  };
  identities: { tenant: string; kind: string; issuer: string; subject: string; person_id: string };
  memberships: { tenant: string; group_name: string; person_id: string };
  sessions: {
    session_id: string;
    token_hash: Uint8Array;
    tenant: string;
    person_id: string;
    /** JSON: what the gateway keeps with it. */
    details: string;
    issuer: string | null;
    subject: string | null;
    issuer_session: string | null;
    created_at: number;
    seen_at: number;
    expires_at: number;
  };
  schedules: { name: string; due_at: number };
  deliveries: { sink: string; tenant: string; size: number };
  outbox: {
    number: Generated<number>;
    tenant: string;
    approval_id: string;
    entry_id: string;
    /** JSON: what is to be heard (outbox.ts). */
    about: string;
    at: number;
    due_at: number;
    claimed_until: number;
    attempts: number;
  };
  notices: {
    tenant: string;
    /** `approvalId:rung:person:channel`. */
    key: string;
    approval_id: string;
    conversation_id: string | null;
    person_id: string;
    channel: string;
    rung: number;
    kind: string;
    /** JSON: channels and addresses, the first of which is tried first. */
    ways: string;
    state: string;
    due_at: number;
    claimed_until: number;
    /** The notice for which the message was taken, or whoever is changing it; null when nobody is. */
    claimed_by: string | null;
    attempts: number;
    /** One message may tell of several approvals. */
    message_id: string | null;
    /** JSON: what the channel needs to change the message. */
    reference: string | null;
    /** Of the notice whose key the message bears: a digest of what it shows by now; null when nobody knows. */
    shown: string | null;
    sent_at: number | null;
    /** The message tells how it ended. */
    ended_at: number | null;
    error: string | null;
  };
  ended_endpoints: { name: string; ended_at: number; because: string };
  used_links: { link_id: string; expires_at: number };
  revocations: {
    tenant: string;
    person_id: string;
    revoked_at: number;
    revoked_by: string | null;
    reason: string | null;
  };
  passkeys: {
    tenant: string;
    credential_id: string;
    person_id: string;
    name: string;
    public_key: Uint8Array;
    counter: number;
    /** A JSON list. */
    transports: string;
    created_at: number;
    used_at: number | null;
  };
  /** Browsers that take notifications (people/devices.ts). */
  devices: {
    device_id: string;
    tenant: string;
    person_id: string;
    name: string;
    endpoint: string;
    p256dh: string;
    auth: string;
    created_at: number;
  };
}
