#!/bin/sh
# Creates the namespace where it is missing and registers the search attributes of src/contracts/search/attributes.ts (a test
# compares the two). Safe to run again. Reads TEMPORAL_ADDRESS, TEMPORAL_NAMESPACE and NAMESPACE_RETENTION.
set -eu

# A namespace is known to every part of the server some seconds after its creation, so what needs it is tried for a while.
patiently() {
  tries=30
  until "$@"; do
    tries=$((tries - 1))
    if [ "$tries" -eq 0 ]; then
      echo "Gave up: $*" >&2
      exit 1
    fi
    sleep 2
  done
}

ensure_namespace() {
  temporal operator namespace describe --namespace "$TEMPORAL_NAMESPACE" >/dev/null 2>&1 ||
    temporal operator namespace create --namespace "$TEMPORAL_NAMESPACE" --retention "$NAMESPACE_RETENTION"
}

ensure_search_attributes() {
  temporal operator search-attribute create --namespace "$TEMPORAL_NAMESPACE" \
    --name CountersignTenant --type Keyword \
    --name ApprovalStatus --type Keyword \
    --name ApprovalDeadline --type Datetime \
    --name ApprovalTools --type KeywordList \
    --name ConversationId --type Keyword \
    --name CountersignUsers --type KeywordList
}

patiently ensure_namespace
patiently ensure_search_attributes
