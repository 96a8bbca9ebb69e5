#!/bin/sh
# Creates the store's database and its role where they are missing, gives the role the password of the secret, and keeps it out of
# Temporal's databases. Safe to run again. Reads PGHOST, PGPORT and PGUSER; SECRETS is the folder with the two passwords.
set -eu

export SECRETS="${SECRETS:-/run/secrets}"
PGPASSWORD=$(cat "$SECRETS/postgres-password")
export PGPASSWORD

psql --no-psqlrc --quiet --tuples-only --dbname=postgres --set=ON_ERROR_STOP=1 <<'SQL'
\set password `cat "$SECRETS/store-password"`
select 'create role countersign' where not exists (select from pg_roles where rolname = 'countersign') \gexec
alter role countersign login password :'password';
select 'create database countersign owner countersign'
  where not exists (select from pg_database where datname = 'countersign') \gexec
select format('revoke connect on database %I from public', datname) from pg_database where datallowconn \gexec
SQL
