import { html } from 'hono/html';

import type { ApprovalCard } from '../../contracts/approval/listed.ts';
import type { CardPage } from '../pending-list.ts';
import { argumentsPreview } from './arguments-table.ts';
import { deadline } from './deadline.ts';
import type { Html } from './html.ts';
import { visibleText } from './visible-text.ts';

/** Everything that waits for a person. */
export function listPage({ approvals, more }: CardPage, nowMs: number): Html {
  return html`<div class="heading">
      <h1>Waiting for a decision</h1>
      <a class="button" href="/inbox">Refresh</a>
    </div>
    ${
      approvals.length === 0
        ? html`<section class="card empty">
            <h2>Nothing waits for you</h2>
            <p class="muted">
              When an assistant asks for something that needs a person, it appears here. Refresh to look
              again.
            </p>
          </section>`
        : html`<ul class="list">
            ${approvals.map((approval) => listItem(approval, nowMs))}
          </ul>`
    }
    ${more && html`<p class="muted">More are waiting than are shown here. They move up as these are decided.</p>`}`;
}

function listItem(approval: ApprovalCard, nowMs: number): Html {
  const { approvalId, tool, reason, toolDescription, beginning, requestedBy, conversationId } = approval;
  return html`<li class="card item">
    <h2><a href="/inbox/approvals/${approvalId}">${visibleText(tool)}</a></h2>
    <p>${visibleText(reason ?? toolDescription)}</p>
    <p class="preview">${argumentsPreview(beginning)}</p>
    <p class="meta">
      ${requestedBy !== undefined && html`<span>for ${visibleText(requestedBy)}</span>`}
      ${conversationId !== undefined && html`<span>in ${visibleText(conversationId)}</span>`}
      <span>${approval.deadline === null ? 'no deadline' : deadline(approval.deadline, nowMs)}</span>
    </p>
  </li>`;
}
