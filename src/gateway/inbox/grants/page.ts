import { html } from 'hono/html';

import { giversOf } from '../../../contracts/approval/grant.ts';
import type { GrantList, KeptGrant } from '../../../store/grants.ts';
import { argumentsTable } from '../arguments-table.ts';
import { moment } from '../deadline.ts';
import type { Html } from '../html.ts';
import { visibleText } from '../visible-text.ts';
import { words } from '../strings/words.ts';
import { grantWords } from './words.ts';

/** The grants that hold, each with a way to take it back. */
export function grantsPage(list: GrantList | null, csrf: string): Html {
  const { frame, grants: t } = words();
  return html`<p class="back"><a href="/inbox">${frame.toInbox}</a></p>
    <h1>${t.title}</h1>
    <p class="lead">${t.lead}</p>
    ${list === null && html`<p class="card">${t.noStore}</p>`}
    ${list?.grants.length === 0 && html`<p class="card">${t.none}</p>`}
    ${(list?.grants ?? []).map((grant) => card(grant, csrf))}
    ${list?.more && html`<p class="muted">${t.more}</p>`}`;
}

function card(grant: KeptGrant, csrf: string): Html {
  const { grantId, tool, terms, until, arguments: args, conversationId, requestedBy, revoked } = grant;
  const { grants: t } = words();
  const by = giversOf(grant).join(', ');
  return html`<article class="card" aria-labelledby="grant-${grantId}">
    <h2 id="grant-${grantId}">${visibleText(tool)}</h2>
    <p>
      ${t.letThrough(html`<strong>${visibleText(by)}</strong>`, grantWords(terms), moment(until))}
      <a href="/inbox/approvals/${grantId}">${t.given}</a>
    </p>
    ${argumentsTable(args)}
    <p class="meta">
      <span>${t.conversation(visibleText(conversationId))}</span>
      ${requestedBy !== undefined && html`<span>${t.onBehalf(visibleText(requestedBy))}</span>`}
    </p>
    ${
      revoked === undefined
        ? html`<form method="post" action="/inbox/grants/${grantId}/revoke">
            <input type="hidden" name="csrf" value="${csrf}" />
            <button class="danger" type="submit">${t.takeBack}</button>
          </form>`
        : html`<p class="notice">
            ${t.takenBack(html`<strong>${visibleText(revoked.by)}</strong>`, moment(revoked.at))}
          </p>`
    }
  </article>`;
}
