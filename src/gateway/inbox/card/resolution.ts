import { html } from 'hono/html';

import type { AnyApproval } from '../../../contracts/approval/approval.ts';
import { visible } from '../../../contracts/visible/visible.ts';
import { moment } from '../deadline.ts';
import { grantLine } from '../grants/words.ts';
import type { Html } from '../html.ts';
import { DECISION_WORDS, OUTCOME_WORDS, STATUS_WORDS } from '../outcome-text.ts';
import { visibleText } from '../visible-text.ts';
import { cameOfIt, outcomeOf, type CameOfIt } from './came-of-it.ts';

/** What was decided, by whom, and what came of it. */
export function resolution(approval: AnyApproval, end: CameOfIt | null): Html {
  const { decision, resolvedAt, status, turnId } = approval;
  return html`<section class="resolution" aria-label="What was decided">
    ${
      decision
        ? html`<p>
            <strong>${visibleText(decision.approver.id)}</strong> ${DECISION_WORDS[decision.decision]} at
            ${moment(resolvedAt ?? decision.decidedAt)}
            <span class="muted">through ${visibleText(decision.source)}</span>
            ${decision.breakGlass && html`<strong class="chip">glass broken</strong>`}
          </p>`
        : html`<p>
            ${status === 'expired' ? 'Nobody decided before the deadline.' : 'The turn ended before anybody decided.'}
            ${resolvedAt !== undefined && moment(resolvedAt)}
          </p>`
    }
    ${grantLine(approval)}
    ${decision?.note && html`<blockquote><span class="label">Note</span> ${visibleText(decision.note)}</blockquote>`}
    ${decision?.response && html`<blockquote><span class="label">Answer given ${turnId === undefined ? 'to the requester' : 'to the model'}</span> ${visibleText(decision.response)}</blockquote>`}
    ${turnId === undefined ? html`<p>The requester reads the answer and acts on it.</p>` : cameOfIt(approval, end)}
  </section>`;
}

/** How it stands, in a sentence that is read out when it changes. */
export function standingWords(approval: AnyApproval, end: CameOfIt | null): string {
  const { status, votes = [], decision, turnId } = approval;
  const last = status === 'pending' ? votes.at(-1) : decision;
  const by = last && ` ${visible(last.approver.id)} ${DECISION_WORDS[last.decision]}.`;
  const isOver = status !== 'pending' && turnId !== undefined;
  return `${STATUS_WORDS[status]}.${by ?? ''}${isOver ? ` ${OUTCOME_WORDS[outcomeOf(approval, end)]}` : ''}`;
}
