import { html } from 'hono/html';

import type { AnyApproval } from '../../../contracts/approval/approval.ts';
import type { GrantTerms } from '../../../contracts/approval/rule.ts';
import { moment } from '../deadline.ts';
import type { Html } from '../html.ts';
import { visibleText } from '../visible-text.ts';
import { words } from '../strings/words.ts';

/** What a grant lets through, for whoever is about to give it. */
export function grantWords({ forMs, narrowerBy, boundTo }: GrantTerms): Html {
  const less = narrowerBy.length > 0 ? visibleText(narrowerBy.join(', ')) : null;
  return words().grants.what({ forMs, less, isConversation: boundTo === 'conversation' });
}

/** A tick as it was sent: the terms that stood beside it, and the arguments that they were read with. */
export interface Ticked {
  /** The box's value. */
  terms: string;
  argumentsDigest: string;
}

/**
 * The tick of a decision form; nothing where the policy lets nobody grant. A browser that comes back would tick it beside whatever terms
 * stand there now: hence no `autocomplete`.
 *
 * @param ticked - in the form that was not accepted: it stands only as it was read.
 */
export function grantTick(id: string, approval: AnyApproval, ticked: Ticked | undefined): Html | '' {
  const { rule, runsAt, turnId, argumentsDigest } = approval;
  if (rule?.mayGrant === undefined || runsAt !== undefined || turnId === undefined) return '';
  const terms = JSON.stringify(rule.mayGrant);
  const isTicked = ticked?.terms === terms && ticked.argumentsDigest === argumentsDigest;
  const { grants } = words();
  const isOneOfMany = (rule.quorum?.approve ?? 1) > 1;
  return html`<p class="tick">
    <input
      type="checkbox"
      autocomplete="off"
      id="${id}"
      name="grant"
      value="${terms}"
      ${isTicked ? 'checked' : ''}
    />
    <label for="${id}"> ${grants.tick(grantWords(rule.mayGrant))} ${isOneOfMany && grants.tickAll} </label>
  </p>`;
}

/** Which grant was given with an approval, or let it through. */
export function grantLine({ granted, byGrant }: AnyApproval): Html | '' {
  const { grants } = words();
  if (byGrant !== undefined)
    return html`<p>
      ${grants.byGrant(html`<strong>${visibleText(byGrant.by.join(', '))}</strong>`, moment(byGrant.until))}
      <a href="/inbox/approvals/${byGrant.grantId}">${grants.given}</a>
    </p>`;
  if (granted === undefined) return '';
  return html`<p>
    ${grants.also(grantWords(granted), moment(granted.until))}
    <a href="/inbox/grants">${grants.title}</a>
  </p>`;
}
