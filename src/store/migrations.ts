/** The types and names that the two databases differ in. */
interface Words {
  kind: 'sqlite' | 'postgres';
  /** Before a table's name. */
  in: string;
  /** Ids and whatever is compared: by bytes, whatever the locale. */
  key: string;
  integer: string;
  bytes: string;
  /** After a table's columns. */
  end: string;
}

const WORDS: Readonly<Record<Words['kind'], Words>> = {
  sqlite: { kind: 'sqlite', in: '', key: 'text', integer: 'integer', bytes: 'blob', end: 'strict' },
  postgres: {
    kind: 'postgres',
    in: 'countersign.',
    key: 'text collate "C"',
    integer: 'bigint',
    bytes: 'bytea',
    end: '',
  },
};

/** The statements that lead from one version of the schema to the next. Never change one that was released: add another. */
const MIGRATIONS: readonly ((words: Words) => string[])[] = [
  record,
  approvals,
  people,
  elsewhere,
  passkeys,
  notices,
  events,
  queue,
  claims,
  grants,
  devices,
  shown,
];

export const SCHEMA_VERSION = MIGRATIONS.length;

/** @param version - to reach, from the one before. */
export function statementsOf(version: number, kind: Words['kind']): string[] {
  return MIGRATIONS[version - 1]?.(WORDS[kind]) ?? [];
}

/** Entries as leaves of a tree for each tenant, and what they name by digest. */
function record({ in: p, key, integer, bytes, end }: Words): string[] {
  return [
    `create table ${p}trees (
       tenant ${key} primary key, size ${integer} not null, peaks ${bytes} not null
     ) ${end}`,
    `create table ${p}entries (
       tenant ${key} not null references ${p}trees, sequence ${integer} not null, id ${key} not null,
       approval_id ${key}, time ${integer} not null, entry text not null, leaf ${bytes} not null,
       primary key (tenant, sequence), unique (tenant, id)
     ) ${end}`,
    `create index entries_of_approval on ${p}entries (tenant, approval_id, sequence)`,
    `create index entries_by_time on ${p}entries (tenant, time, sequence)`,
    `create table ${p}tree_nodes (
       tenant ${key} not null, number ${integer} not null, hash ${bytes} not null, primary key (tenant, number)
     ) ${end}`,
    `create table ${p}contents (
       tenant ${key} not null, digest ${key} not null, content text, erased_at ${integer},
       primary key (tenant, digest)
     ) ${end}`,
    `create table ${p}checkpoints (
       tenant ${key} not null references ${p}trees, size ${integer} not null, root ${key} not null,
       time ${integer} not null, checkpoint text not null, primary key (tenant, size)
     ) ${end}`,
  ];
}

/** Each list is read along one of four indexes, so that a page costs its own rows. */
function approvals({ kind, in: p, key, integer, end }: Words): string[] {
  const number =
    kind === 'sqlite' ? 'number integer primary key' : 'number bigint generated always as identity';
  return [
    `create table ${p}approvals (
       ${number}, tenant ${key} not null, approval_id ${key} not null, turn_id ${key}, conversation_id ${key},
       tool ${key} not null, status ${key} not null, requested_at ${integer} not null, deadline ${integer} not null,
       resolved_at ${integer}, requested_by text, approvers text not null, card text not null, text text not null, words ${key} not null,
       unique (tenant, approval_id)
     ) ${end}`,
    `create index approvals_by_deadline on ${p}approvals (tenant, status, deadline, approval_id)`,
    `create index approvals_by_time on ${p}approvals (tenant, status, requested_at, approval_id)`,
    `create index approvals_of_tool_by_deadline on ${p}approvals (tenant, tool, status, deadline, approval_id)`,
    `create index approvals_of_tool_by_time on ${p}approvals (tenant, tool, status, requested_at, approval_id)`,
    ...(kind === 'sqlite' ? SQLITE_SEARCH : [POSTGRES_SEARCH]),
  ];
}

/** The words stand between spaces, and words.ts has parted them: neither database parts or changes them once more. */
const POSTGRES_SEARCH = `create index approvals_by_word on countersign.approvals
  using gin (array_to_tsvector(string_to_array(trim(words), ' ')))`;

const SQLITE_SEARCH = [
  `create virtual table approval_words using fts5(
     words, content='', contentless_delete=1, detail=none, tokenize='unicode61 remove_diacritics 0'
   )`,
  `create trigger approvals_inserted after insert on approvals begin
     insert into approval_words (rowid, words) values (new.number, new.words);
   end`,
  `create trigger approvals_updated after update of words on approvals when old.words <> new.words begin
     delete from approval_words where rowid = old.number;
     insert into approval_words (rowid, words) values (new.number, new.words);
   end`,
  `create trigger approvals_deleted after delete on approvals begin
     delete from approval_words where rowid = old.number;
   end`,
];

/** Who may decide: the directory, who is signed in, and who may no longer. */
function people({ in: p, key, integer, bytes, end }: Words): string[] {
  return [
    `create table ${p}people (
       tenant ${key} not null, person_id ${key} not null, name text, updated_at ${integer} not null,
       primary key (tenant, person_id)
     ) ${end}`,
    `create table ${p}identities (
       tenant ${key} not null, kind ${key} not null, issuer ${key} not null, subject ${key} not null,
       person_id ${key} not null, primary key (tenant, kind, issuer, subject)
     ) ${end}`,
    `create index identities_of_person on ${p}identities (tenant, person_id)`,
    `create table ${p}memberships (
       tenant ${key} not null, group_name ${key} not null, person_id ${key} not null,
       primary key (tenant, group_name, person_id)
     ) ${end}`,
    `create index memberships_of_person on ${p}memberships (tenant, person_id)`,
    `create table ${p}sessions (
       session_id ${key} primary key, token_hash ${bytes} not null unique, tenant ${key} not null,
       person_id ${key} not null, details text not null, issuer ${key}, subject ${key}, issuer_session ${key},
       created_at ${integer} not null, seen_at ${integer} not null, expires_at ${integer} not null
     ) ${end}`,
    `create index sessions_of_person on ${p}sessions (tenant, person_id)`,
    `create index sessions_of_issuer on ${p}sessions (issuer, issuer_session)`,
    `create index sessions_of_subject on ${p}sessions (issuer, subject)`,
    `create index sessions_by_end on ${p}sessions (expires_at)`,
    `create table ${p}used_links (link_id ${key} primary key, expires_at ${integer} not null) ${end}`,
    `create index used_links_by_end on ${p}used_links (expires_at)`,
    `create table ${p}revocations (
       tenant ${key} not null, person_id ${key} not null, revoked_at ${integer} not null, revoked_by text,
       reason text, primary key (tenant, person_id)
     ) ${end}`,
  ];
}

/** What all gateways do together once, and which checkpoints each place elsewhere has. */
function elsewhere({ in: p, key, integer, end }: Words): string[] {
  return [
    `create table ${p}schedules (name ${key} primary key, due_at ${integer} not null) ${end}`,
    `create table ${p}deliveries (
       sink ${key} not null, tenant ${key} not null, size ${integer} not null, primary key (sink, tenant)
     ) ${end}`,
  ];
}

/** With what people sign decisions that a session alone is not enough for. */
function passkeys({ in: p, key, integer, bytes, end }: Words): string[] {
  return [
    `create table ${p}passkeys (
       tenant ${key} not null, credential_id ${key} not null, person_id ${key} not null, name text not null,
       public_key ${bytes} not null, counter ${integer} not null, transports text not null,
       created_at ${integer} not null, used_at ${integer}, primary key (tenant, credential_id)
     ) ${end}`,
    `create index passkeys_of_person on ${p}passkeys (tenant, person_id)`,
  ];
}

/** Lists by requester, conversation and risk, and of what one person may decide. */
function queue({ kind, in: p, key, integer, end }: Words): string[] {
  return [
    `alter table ${p}approvals add column risk ${key}`,
    `create index approvals_of_requester_by_deadline on ${p}approvals (tenant, requested_by, status, deadline, approval_id)`,
    `create index approvals_of_requester_by_time on ${p}approvals (tenant, requested_by, status, requested_at, approval_id)`,
    `create index approvals_of_conversation on ${p}approvals (tenant, conversation_id, status, deadline, approval_id)`,
    `create index approvals_of_risk_by_deadline on ${p}approvals (tenant, risk, status, deadline, approval_id) where risk is not null`,
    `create index approvals_of_risk_by_time on ${p}approvals (tenant, risk, status, requested_at, approval_id) where risk is not null`,
    `create table ${p}audience (
       tenant ${key} not null, approval_id ${key} not null, who ${key} not null, since ${integer} not null,
       deadline ${integer} not null, requested_at ${integer} not null, without text not null,
       primary key (tenant, approval_id, who)
     ) ${end}`,
    `create index audience_by_deadline on ${p}audience (tenant, who, deadline, approval_id)`,
    `create index audience_by_time on ${p}audience (tenant, who, requested_at, approval_id)`,
    // Before this only groups restricted what a list shows to whom.
    `insert into ${p}audience
       select tenant, approval_id, case groups.value when '' then 'anybody' else 'group:' || groups.value end, 0,
         deadline, requested_at, ''
       from ${p}approvals, ${
         kind === 'sqlite'
           ? `json_each(case approvers when '[]' then '[""]' else approvers end) as groups`
           : `jsonb_array_elements_text((case approvers when '[]' then '[""]' else approvers end)::jsonb) as groups (value)`
       }
       where status = 'pending'`,
  ];
}

/** What others are to hear of entries, written with them; and who was told of what. */
function notices({ kind, in: p, key, integer, end }: Words): string[] {
  const number =
    kind === 'sqlite'
      ? 'number integer primary key autoincrement'
      : 'number bigint generated always as identity primary key';
  return [
    ...['zone', 'quiet', 'away', 'channels'].map(
      (column) => `alter table ${p}people add column ${column} text`,
    ),
    `create table ${p}outbox (
       ${number}, tenant ${key} not null, approval_id ${key} not null, entry_id ${key} not null, about text not null,
       at ${integer} not null, due_at ${integer} not null, claimed_until ${integer} not null, attempts ${integer} not null
     ) ${end}`,
    `create index outbox_of_approval on ${p}outbox (tenant, approval_id, number)`,
    `create table ${p}notices (
       tenant ${key} not null, key ${key} not null, approval_id ${key} not null, conversation_id ${key},
       person_id ${key} not null, channel ${key} not null, rung ${integer} not null, kind ${key} not null,
       ways text not null, state ${key} not null, due_at ${integer} not null, claimed_until ${integer} not null, attempts ${integer} not null,
       message_id ${key}, reference text, sent_at ${integer}, ended_at ${integer}, error text,
       primary key (tenant, key)
     ) ${end}`,
    `create index notices_of_approval on ${p}notices (tenant, approval_id)`,
    `create index notices_of_person on ${p}notices (tenant, person_id, state, sent_at)`,
    `create index notices_of_message on ${p}notices (tenant, message_id)`,
    `create index notices_by_state on ${p}notices (state, channel)`,
  ];
}

/** Endpoints of events that take no more. */
function events({ in: p, key, integer, end }: Words): string[] {
  return [
    `create table ${p}ended_endpoints (
       name ${key} primary key, ended_at ${integer} not null, because text not null
     ) ${end}`,
  ];
}

/** Who is sending a message. */
function claims({ in: p, key }: Words): string[] {
  return [`alter table ${p}notices add column claimed_by ${key}`];
}

/** Decisions that let later calls through. */
function grants({ in: p, key, integer, end }: Words): string[] {
  return [
    `create table ${p}grants (
       tenant ${key} not null, grant_id ${key} not null, tool ${key} not null, bound ${key} not null,
       ends_at ${integer} not null, body text not null, revoked_at ${integer}, revoked_by text, reason text,
       primary key (tenant, grant_id)
     ) ${end}`,
    `create index grants_of_call on ${p}grants (tenant, bound, ends_at)`,
    `create index grants_by_end on ${p}grants (tenant, ends_at)`,
  ];
}

/** Browsers that people are notified on. */
function devices({ in: p, key, integer, end }: Words): string[] {
  return [
    `create table ${p}devices (
       device_id ${key} primary key, tenant ${key} not null, person_id ${key} not null, name text not null,
       endpoint text not null, p256dh text not null, auth text not null, created_at ${integer} not null
     ) ${end}`,
    `create index devices_of_person on ${p}devices (tenant, person_id)`,
  ];
}

/** What a message that can be changed shows by now. */
function shown({ in: p, key }: Words): string[] {
  return [`alter table ${p}notices add column shown ${key}`];
}
