import type { Entry } from '@countersign/receipts';
import { html } from 'hono/html';

import { REFUSAL_REASONS, type RefusalReason } from '../../../contracts/approval/decision.ts';
import { moment } from '../deadline.ts';
import type { Html } from '../html.ts';
import { DECISION_WORDS } from '../outcome-text.ts';
import { visibleText } from '../visible-text.ts';

/** What an entry tells, in a sentence for people. */
export function entryWords(entry: Entry): Html {
  const { kind, requester, deadline, decision, status = '', reason = '' } = entry;
  switch (kind) {
    case 'requested':
      return html`Asked${requester !== undefined && html` for <strong>${visibleText(requester)}</strong>`},
      ${deadline == null ? 'without a deadline' : html`open until ${moment(deadline)}`}.`;
    case 'voted':
      return html`${who(entry)} ${decision === undefined ? 'decided' : DECISION_WORDS[decision]}.`;
    case 'break-glass':
      return html`${who(entry)} broke the glass: decided it alone, and
      ${decision === undefined ? 'settled it' : DECISION_WORDS[decision]}.`;
    case 'refused':
      return html`A decision by ${who(entry)} was refused: ${refusedWords(reason)}.`;
    case 'settled':
      return html`Settled: it is <strong>${visibleText(status)}</strong>${
          entry.grantId !== undefined && html`, by the grant of ${visibleText(entry.grantId)}`
        }.`;
    case 'granted':
      return html`Later calls that are the same or narrower were let through,
      too${entry.until !== undefined && html`, until ${moment(entry.until)}`}.`;
    case 'grant-revoked':
      return html`${who(entry)} took the grant back.`;
    case 'parked':
      return html`Parked: the conversation went on, and the question stayed open.`;
    case 'started':
      return html`The action began.`;
    case 'executed':
      return html`The action was carried out.`;
    case 'failed':
      return html`The action was tried and failed.`;
    case 'unknown':
      return html`It is unknown whether the action was carried out.`;
    case 'stale':
      return html`The approval no longer held when the action was to run. It was not carried out.`;
    case 'expired':
      return html`Expired: not enough people decided before the deadline.`;
    case 'cancelled':
      return html`Cancelled: the turn was over before it was settled or carried out.`;
    case 'noticed':
      return html`A message was sent${entry.person && html` to ${who(entry)}`}.`;
    case 'escalated':
      return html`Others were told, because nobody had decided.`;
    case 'delegated':
      return html`Somebody stands in${entry.person && html` for ${who(entry)}`}.`;
    default:
      return kind satisfies never;
  }
}

/** How the person was known, and whether a gateway vouches for it; '' where there is no person. */
export function knownBy({ kind, authenticated, attestation, person }: Entry): string {
  if (person === undefined || authenticated === undefined) return '';
  const { by, passkey } = authenticated;
  const signed = kind === 'voted' || kind === 'break-glass';
  return [
    BY_WORDS[by],
    ...(passkey ? ['with a passkey'] : []),
    ...(signed
      ? [attestation === undefined ? 'the decision is not signed' : 'a gateway signed the decision']
      : []),
  ].join(', ');
}

function who({ person }: Entry): Html {
  return html`<strong>${visibleText(person?.id ?? 'somebody')}</strong>`;
}

const BY_WORDS: Record<NonNullable<Entry['authenticated']>['by'], string> = {
  key: 'known by an API key',
  oidc: 'signed in at the identity provider',
  link: 'signed in by a link',
  webhook: 'named by a webhook',
  cli: 'at the command line',
  handover: 'at the Handover',
  slack: 'in Slack, as an account there',
  signal: 'by a signal past the gateways',
  client: 'by a program',
};

const REFUSED_WORDS: Record<RefusalReason, string> = {
  malformed_decision: 'it was not a decision',
  digest_mismatch: 'the arguments were not the ones that were shown',
  invalid_arguments: 'the changed arguments did not fit the tool',
  forbidden: 'the policy forbids the changed arguments',
  not_an_approver: 'they are in none of the groups that may decide',
  requester: 'it was asked for them, and somebody else must decide',
  revoked: 'their right to decide had been taken away',
  authentication_too_old: 'their sign-in was too old, or too weak',
  already_voted: 'they had voted before',
  note_required: 'it gave no reason',
  not_break_glass: 'they may not break the glass, or said too little why',
  unattested: 'no trusted gateway had signed it',
  too_large: 'it was too large',
  not_possible: 'that decision is not possible here',
  under_review: 'another change was being checked',
  too_many_edits: 'they had changed it too often',
};

/** Of attempts that came to nothing because the approval was over. */
const OVER_WORDS: Record<string, string> = {
  late: 'the deadline had passed',
  cancelled: 'the turn was over',
  conflict: 'it was settled before',
  reused: 'its id had been used for another decision',
};

function refusedWords(reason: string): Html | string {
  const known = REFUSAL_REASONS.find((word) => word === reason);
  return known === undefined ? (OVER_WORDS[reason] ?? visibleText(reason)) : REFUSED_WORDS[known];
}
