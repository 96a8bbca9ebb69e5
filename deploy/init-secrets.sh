#!/bin/sh
# Makes the secret files that docker-compose.yml mounts. Keeps every file that exists, so it is safe to run again.
#
#   OPENAI_API_KEY=… [COUNTERSIGN_HANDOVER_API_KEY=…] sh deploy/init-secrets.sh
set -eu

folder=$(dirname "$0")/secrets
mkdir -p "$folder"
# Containers run as other users, who must be able to read the files; the folder keeps everybody else on the host out.
chmod 700 "$folder"
umask 022

keep() {
  if [ -e "$folder/$1" ]; then
    echo "kept  $folder/$1"
    cat >/dev/null
  else
    cat >"$folder/$1"
    echo "made  $folder/$1"
  fi
}

# Hex: a password that needs quoting nowhere. Temporal's configuration puts it between double quotes.
random_hex() {
  od -An -N32 -tx1 /dev/urandom | tr -d ' \n'
}

if [ ! -e "$folder/openai-api-key" ] && [ -z "${OPENAI_API_KEY:-}" ]; then
  echo 'Set OPENAI_API_KEY to the key of the provider ("simulator" will do for the simulator).' >&2
  exit 1
fi
printf '%s' "${OPENAI_API_KEY:-}" | keep openai-api-key
# Empty files stand for "not set".
printf '%s' "${COUNTERSIGN_RECONIFY_APP_KEY:-}" | keep reconify-app-key
printf '%s' "${COUNTERSIGN_RECONIFY_API_KEY:-}" | keep reconify-api-key
printf '%s' "${COUNTERSIGN_OPENAI_WEBHOOK_SECRET:-}" | keep openai-webhook-secret
random_hex | keep postgres-password
random_hex | keep store-password
printf 'postgres://countersign:%s@postgres:5432/countersign' "$(cat "$folder/store-password")" | keep database-url
random_hex | keep session-secret
printf 'whsec_%s' "$(head -c 32 /dev/urandom | base64 | tr -d '\n')" | keep callback-secret
printf '%s' "${COUNTERSIGN_HANDOVER_API_KEY:-}" | keep handover-api-key
echo '{ "keys": [] }' | keep api-keys.json
echo '{ "sources": [] }' | keep webhook-secrets.json
