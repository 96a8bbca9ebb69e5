import { html } from 'hono/html';

import type { AnyApproval } from '../../../contracts/approval/approval.ts';
import type { GrantTerms } from '../../../contracts/approval/rule.ts';
import { moment } from '../deadline.ts';
import type { Html } from '../html.ts';
import { visibleText } from '../visible-text.ts';

/** What a grant lets through, for whoever is about to give it. */
export function grantWords({ forMs, narrowerBy, boundTo }: GrantTerms): Html {
  return html`the same for
  ${timeWords(forMs)}${narrowerBy.length > 0 && html`, also with less ${visibleText(narrowerBy.join(', '))}`},
  ${boundTo === 'conversation' ? 'in this conversation' : 'for this requester'}`;
}

/** The tick of a decision form; nothing where the policy lets nobody grant. */
export function grantTick(id: string, { rule, runsAt, turnId }: AnyApproval, isTicked: boolean): Html | '' {
  if (rule?.mayGrant === undefined || runsAt !== undefined || turnId === undefined) return '';
  const isOneOfMany = (rule.quorum?.approve ?? 1) > 1;
  return html`<p class="tick">
    <input
      type="checkbox"
      id="${id}"
      name="grant"
      value="${JSON.stringify(rule.mayGrant)}"
      ${isTicked ? 'checked' : ''}
    />
    <label for="${id}">
      And ${grantWords(rule.mayGrant)}. Nobody is asked then.
      ${isOneOfMany && 'It counts only if everybody who votes wants it.'}
    </label>
  </p>`;
}

/** Which grant was given with an approval, or let it through. */
export function grantLine({ granted, byGrant }: AnyApproval): Html | '' {
  if (byGrant !== undefined)
    return html`<p>
      Nobody was asked: it was let through by the grant of
      <strong>${visibleText(byGrant.by.join(', '))}</strong>, which holds until ${moment(byGrant.until)}.
      <a href="/inbox/approvals/${byGrant.grantId}">What it was given with</a>
    </p>`;
  if (granted === undefined) return '';
  return html`<p>
    It also lets through ${grantWords(granted)}, until ${moment(granted.until)}.
    <a href="/inbox/grants">Grants</a>
  </p>`;
}

const UNITS = [
  [86_400_000, 'day'],
  [3_600_000, 'hour'],
  [60_000, 'minute'],
  [1_000, 'second'],
] as const;

function timeWords(ms: number): string {
  const [unit, name] = UNITS.find(([length]) => ms % length === 0) ?? [1, 'millisecond'];
  const count = ms / unit;
  return `${count} ${name}${count === 1 ? '' : 's'}`;
}
