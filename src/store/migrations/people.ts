import type { Words } from './words.ts';

/** Who may decide: the directory, who is signed in, and who may no longer. */
export function people({ in: p, key, integer, bytes, end }: Words): string[] {
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

/** With what people sign decisions that a session alone is not enough for. */
export function passkeys({ in: p, key, integer, bytes, end }: Words): string[] {
  return [
    `create table ${p}passkeys (
       tenant ${key} not null, credential_id ${key} not null, person_id ${key} not null, name text not null,
       public_key ${bytes} not null, counter ${integer} not null, transports text not null,
       created_at ${integer} not null, used_at ${integer}, primary key (tenant, credential_id)
     ) ${end}`,
    `create index passkeys_of_person on ${p}passkeys (tenant, person_id)`,
  ];
}

/** Browsers that people are notified on. */
export function devices({ in: p, key, integer, end }: Words): string[] {
  return [
    `create table ${p}devices (
       device_id ${key} primary key, tenant ${key} not null, person_id ${key} not null, name text not null,
       endpoint text not null, p256dh text not null, auth text not null, created_at ${integer} not null
     ) ${end}`,
    `create index devices_of_person on ${p}devices (tenant, person_id)`,
  ];
}
