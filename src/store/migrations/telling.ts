import type { Words } from './words.ts';

/** What others are to hear of entries, written with them; and who was told of what. */
export function notices({ kind, in: p, key, integer, end }: Words): string[] {
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
export function events({ in: p, key, integer, end }: Words): string[] {
  return [
    `create table ${p}ended_endpoints (
       name ${key} primary key, ended_at ${integer} not null, because text not null
     ) ${end}`,
  ];
}

/** Who is sending a message. */
export function claims({ in: p, key }: Words): string[] {
  return [`alter table ${p}notices add column claimed_by ${key}`];
}

/** What a message that can be changed shows by now. */
export function shown({ in: p, key }: Words): string[] {
  return [`alter table ${p}notices add column shown ${key}`];
}
