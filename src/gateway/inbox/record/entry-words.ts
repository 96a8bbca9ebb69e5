import type { Entry } from '@countersign/receipts';
import { html } from 'hono/html';

import { REFUSAL_REASONS } from '../../../contracts/approval/decision.ts';
import { APPROVAL_STATUSES } from '../../../contracts/approval/status.ts';
import { moment } from '../deadline.ts';
import type { Html } from '../html.ts';
import { words } from '../strings/words.ts';
import { visibleText } from '../visible-text.ts';

/** What an entry tells, in a sentence for people. */
export function entryWords(entry: Entry): Html | string {
  const { kind, requester, deadline, decision, status = '', reason = '', grantId, until } = entry;
  const { entries } = words().record;
  const whom = entry.person ? who(entry) : null;
  switch (kind) {
    case 'requested':
      return entries.requested(
        requester === undefined ? null : visibleText(requester),
        deadline == null ? null : moment(deadline),
      );
    case 'voted':
      return entries.voted(who(entry), decision);
    case 'break-glass':
      return entries.breakGlass(who(entry), decision);
    case 'refused':
      return entries.refused(who(entry), refusedWords(reason));
    case 'settled':
      return entries.settled(statusWords(status), grantId === undefined ? null : visibleText(grantId));
    case 'granted':
      return entries.granted(until === undefined ? null : moment(until));
    case 'grant-revoked':
      return entries.grantRevoked(who(entry));
    case 'noticed':
      return entries.noticed(whom);
    case 'delegated':
      return entries.delegated(whom);
    case 'parked':
    case 'started':
    case 'executed':
    case 'failed':
    case 'unknown':
    case 'stale':
    case 'expired':
    case 'cancelled':
    case 'escalated':
      return entries[kind];
    default:
      return kind satisfies never;
  }
}

/** How the person was known, and whether a gateway vouches for it; '' where there is no person. */
export function knownBy({ kind, authenticated, attestation, person }: Entry): string {
  if (person === undefined || authenticated === undefined) return '';
  const { by, passkey } = authenticated;
  const { known } = words().record;
  const signed = kind === 'voted' || kind === 'break-glass';
  return [
    known[by],
    ...(passkey ? [known.passkey] : []),
    ...(signed ? [attestation === undefined ? known.unsigned : known.signed] : []),
  ].join(', ');
}

function who({ person }: Entry): Html {
  return html`<strong>${person ? visibleText(person.id) : words().record.somebody}</strong>`;
}

function statusWords(status: string): Html | string {
  const known = APPROVAL_STATUSES.find((one) => one === status);
  return known === undefined ? visibleText(status) : words().list.status[known];
}

function refusedWords(reason: string): Html | string {
  const { refused, over } = words().record;
  const known = REFUSAL_REASONS.find((word) => word === reason);
  if (known !== undefined) return refused[known];
  return (over as Record<string, string>)[reason] ?? visibleText(reason);
}
