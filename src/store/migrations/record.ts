import type { Words } from './words.ts';

/** Entries as leaves of a tree for each tenant, and what they name by digest. */
export function record({ in: p, key, integer, bytes, end }: Words): string[] {
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
export function approvals({ kind, in: p, key, integer, end }: Words): string[] {
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

/** What all gateways do together once, and which checkpoints each place elsewhere has. */
export function elsewhere({ in: p, key, integer, end }: Words): string[] {
  return [
    `create table ${p}schedules (name ${key} primary key, due_at ${integer} not null) ${end}`,
    `create table ${p}deliveries (
       sink ${key} not null, tenant ${key} not null, size ${integer} not null, primary key (sink, tenant)
     ) ${end}`,
  ];
}

/** Lists by requester, conversation and risk, and of what one person may decide. */
export function queue({ kind, in: p, key, integer, end }: Words): string[] {
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

/** Decisions that let later calls through. */
export function grants({ in: p, key, integer, end }: Words): string[] {
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
