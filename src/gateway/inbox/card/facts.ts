import { html } from 'hono/html';

import type { AnyApproval } from '../../../contracts/approval/approval.ts';
import { deadline, moment } from '../deadline.ts';
import type { Html } from '../html.ts';
import { words } from '../strings/words.ts';
import { visibleText } from '../visible-text.ts';

/** For whom it is asked, since when, and where. */
export function facts(
  { requestedBy, requestedAt, conversationId, assistant, ...approval }: AnyApproval,
  nowMs: number,
): Html {
  const { status, runDeadline, onRunDeadline } = approval;
  const { facts: t } = words();
  const then = onRunDeadline === 'cancel' ? t.thenCancelled : t.thenTold;
  return html`<dl class="facts">
    <div>
      <dt>${t.onBehalf}</dt>
      <dd>
        ${requestedBy === undefined ? html`<span class="muted">${t.nobody}</span>` : visibleText(requestedBy)}
      </dd>
    </div>
    ${
      approval.meantFor !== undefined &&
      html`<div>
        <dt>${approval.rule?.person === undefined ? t.meantFor : t.meantOnlyFor}</dt>
        <dd>${visibleText(approval.meantFor)}</dd>
      </div>`
    }
    ${
      conversationId !== undefined &&
      html`<div>
        <dt>${t.conversation}</dt>
        <dd>${visibleText(conversationId)}</dd>
      </div>`
    }
    ${
      assistant !== undefined &&
      html`<div>
        <dt>${t.assistant}</dt>
        <dd>${visibleText(assistant)}</dd>
      </div>`
    }
    <div>
      <dt>${t.askedAt}</dt>
      <dd>${moment(requestedAt)}</dd>
    </div>
    ${
      status === 'pending' &&
      assistant !== undefined &&
      html`<div>
        <dt>${t.runEnds}</dt>
        <dd>
          ${runDeadline === null ? t.noRunDeadline : html`${deadline(runDeadline, nowMs)} <span class="muted">${then}</span>`}
        </dd>
      </div>`
    }
  </dl>`;
}
