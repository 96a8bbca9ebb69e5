import { html } from 'hono/html';

import type { AnyApproval } from '../../../contracts/approval/approval.ts';
import { visible } from '../../../contracts/visible/visible.ts';
import { moment } from '../deadline.ts';
import { grantLine } from '../grants/words.ts';
import type { Html } from '../html.ts';
import { words } from '../strings/words.ts';
import { visibleText } from '../visible-text.ts';
import { cameOfIt, outcomeOf, type CameOfIt } from './came-of-it.ts';

/** What was decided, by whom, and what came of it. */
export function resolution(approval: AnyApproval, end: CameOfIt | null): Html {
  const { decision, resolvedAt, status, turnId } = approval;
  const { card, didAt } = words();
  return html`<section class="resolution" aria-label="${card.resolution}">
    ${
      decision
        ? html`<p>
            ${didAt(visibleText(decision.approver.id), decision.decision, moment(resolvedAt ?? decision.decidedAt))}
            <span class="muted">${card.through(visibleText(decision.source))}</span>
            ${decision.breakGlass && html`<strong class="chip">${card.glassBroken}</strong>`}
          </p>`
        : html`<p>
            ${status === 'expired' ? card.nobodyDecided : card.turnEnded}
            ${resolvedAt !== undefined && moment(resolvedAt)}
          </p>`
    }
    ${grantLine(approval)}
    ${decision?.note && html`<blockquote><span class="label">${card.note}</span> ${visibleText(decision.note)}</blockquote>`}
    ${decision?.response && html`<blockquote><span class="label">${turnId === undefined ? card.answerToRequester : card.answerToModel}</span> ${visibleText(decision.response)}</blockquote>`}
    ${turnId === undefined ? html`<p>${card.requesterActs}</p>` : cameOfIt(approval, end)}
  </section>`;
}

/** How it stands, in a sentence that is read out when it changes. */
export function standingWords(approval: AnyApproval, end: CameOfIt | null): string {
  const { status, votes = [], decision, turnId } = approval;
  const last = status === 'pending' ? votes.at(-1) : decision;
  const t = words();
  const by = last && ` ${t.didWords(visible(last.approver.id), last.decision)}`;
  const isOver = status !== 'pending' && turnId !== undefined;
  return `${t.status[status]}.${by ?? ''}${isOver ? ` ${t.outcome[outcomeOf(approval, end)]}` : ''}`;
}
