import { html } from 'hono/html';

import type { KeptGrant } from '../../../store/grants.ts';
import { argumentsTable } from '../arguments-table.ts';
import { moment } from '../deadline.ts';
import type { Html } from '../html.ts';
import { visibleText } from '../visible-text.ts';
import { grantWords } from './words.ts';

/** The grants that hold, each with a way to take it back. */
export function grantsPage(grants: readonly KeptGrant[] | null, csrf: string): Html {
  return html`<p class="back"><a href="/inbox">Back to the inbox</a></p>
    <h1>Grants</h1>
    <p class="lead">Calls that run without anybody being asked, because somebody approved one like them.</p>
    ${grants === null && html`<p class="card">This gateway has no store, so nobody can give a grant.</p>`}
    ${grants?.length === 0 && html`<p class="card">There are none now.</p>`}
    ${(grants ?? []).map((grant) => card(grant, csrf))}`;
}

function card(grant: KeptGrant, csrf: string): Html {
  const { grantId, tool, terms, votes, until, arguments: args, conversationId, requestedBy, revoked } = grant;
  const by = [...new Set(votes.map(({ approver }) => approver.id))].join(', ');
  return html`<article class="card" aria-labelledby="grant-${grantId}">
    <h2 id="grant-${grantId}">${visibleText(tool)}</h2>
    <p>
      <strong>${visibleText(by)}</strong> let through ${grantWords(terms)}, until ${moment(until)}.
      <a href="/inbox/approvals/${grantId}">What it was given with</a>
    </p>
    ${argumentsTable(args)}
    <p class="meta">
      <span>Conversation ${visibleText(conversationId)}</span>
      ${requestedBy !== undefined && html`<span>on behalf of ${visibleText(requestedBy)}</span>`}
    </p>
    ${
      revoked === undefined
        ? html`<form method="post" action="/inbox/grants/${grantId}/revoke">
            <input type="hidden" name="csrf" value="${csrf}" />
            <button class="danger" type="submit">Take it back</button>
          </form>`
        : html`<p class="notice">
            <strong>${visibleText(revoked.by)}</strong> took it back at ${moment(revoked.at)}.
          </p>`
    }
  </article>`;
}
