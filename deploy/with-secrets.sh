#!/bin/sh
# Runs a command with secrets in its environment: every file under /run/secrets whose name is a variable's name in capitals
# becomes that variable. For programs that read a secret from nowhere else; files with other names are left to programs that
# read files. `docker inspect` and `docker compose config` show neither.
#
#   with-secrets.sh COMMAND [ARGUMENT…]
set -eu

for file in /run/secrets/*; do
  name=${file##*/}
  case $name in
    *[!A-Z0-9_]* | [0-9]*) continue ;;
  esac
  value=$(cat "$file")
  export "$name=$value"
done

exec "$@"
