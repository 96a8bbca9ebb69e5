import { html } from 'hono/html';

import type { AnyApproval } from '../../../contracts/approval/approval.ts';
import { deadline, moment } from '../deadline.ts';
import type { Html } from '../html.ts';
import { visibleText } from '../visible-text.ts';

/** For whom it is asked, since when, and where. */
export function facts(
  { requestedBy, requestedAt, conversationId, assistant, ...approval }: AnyApproval,
  nowMs: number,
): Html {
  const { status, runDeadline, onRunDeadline } = approval;
  const then =
    onRunDeadline === 'cancel' ? 'then the run is cancelled' : 'then the model is told it was not done';
  return html`<dl class="facts">
    <div>
      <dt>On behalf of</dt>
      <dd>
        ${requestedBy === undefined ? html`<span class="muted">nobody is named</span>` : visibleText(requestedBy)}
      </dd>
    </div>
    ${
      approval.meantFor !== undefined &&
      html`<div>
        <dt>
          ${approval.rule?.person === undefined ? 'Meant for, says the requester' : 'Meant for, and for nobody else'}
        </dt>
        <dd>${visibleText(approval.meantFor)}</dd>
      </div>`
    }
    ${
      conversationId !== undefined &&
      html`<div>
        <dt>Conversation</dt>
        <dd>${visibleText(conversationId)}</dd>
      </div>`
    }
    ${
      assistant !== undefined &&
      html`<div>
        <dt>Assistant</dt>
        <dd>${visibleText(assistant)}</dd>
      </div>`
    }
    <div>
      <dt>Asked at</dt>
      <dd>${moment(requestedAt)}</dd>
    </div>
    ${
      status === 'pending' &&
      assistant !== undefined &&
      html`<div>
        <dt>The run ends</dt>
        <dd>
          ${runDeadline === null ? 'the run has no deadline' : html`${deadline(runDeadline, nowMs)} <span class="muted">${then}</span>`}
        </dd>
      </div>`
    }
  </dl>`;
}
