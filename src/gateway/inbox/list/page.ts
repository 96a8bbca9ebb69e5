import { html } from 'hono/html';

import type { ApprovalCard } from '../../../contracts/approval/listed.ts';
import { visible } from '../../../contracts/visible/visible.ts';
import { argumentsPreview } from '../arguments-table.ts';
import { deadline, moment } from '../deadline.ts';
import type { Html } from '../html.ts';
import { liveParts, region } from '../live/region.ts';
import { severalAddress } from '../several/page.ts';
import { visibleText } from '../visible-text.ts';
import type { SeenList } from './read-list.ts';
import { filterForm, hasFilters } from './filters.ts';
import { addressOf, VIEWS, type Shown } from './view.ts';

/** One page of a list: what the reader may decide, what waits for anybody, or what was decided. */
export function listPage(list: SeenList, nowMs: number): Html {
  const { shown, live } = list;
  const { view, hasIndex } = shown;
  const { approvals, more, next } = list.page;
  const items = html`${approvals.length === 0 ? nothing(shown) : listOf(approvals, nowMs)}
  ${
    next === null
      ? more &&
        html`<p class="muted">More are waiting than are shown here. They move up as these are decided.</p>`
      : html`<p><a class="button" rel="next" href="${addressOf(shown, { cursor: next })}">Next page</a></p>`
  }`;
  const parts = html`<div class="heading">
      <h1 tabindex="-1">${view === 'decided' ? 'Decided' : 'Waiting for a decision'}</h1>
      <p class="buttons">
        ${view !== 'decided' && html`<a class="button" href="${severalAddress(shown)}">Several at once</a>`}
        <a class="button" href="${addressOf(shown)}">Refresh</a>
      </p>
    </div>
    ${hasIndex && html`${tabs(shown)}${filterForm(shown)}`} ${region('list', items)}`;
  const title = `${titleOfList(list)} · Countersign`;
  return liveParts(live, { words: JSON.stringify(LIST_WORDS), title }, parts);
}

/** How many wait stands where a tab that is not looked at shows it. */
export function titleOfList({ page: { approvals, more, next }, shown: { view } }: SeenList): string {
  const isMore = more || next !== null;
  return view === 'decided' || approvals.length === 0
    ? 'Inbox'
    : `(${approvals.length}${isMore ? '+' : ''}) Inbox`;
}

/** What the script says when a list has changed, of one and of several. */
const LIST_WORDS = {
  added: ['One more question.', '# more questions.'],
  gone: ['One is settled.', '# are settled.'],
  left: 'settled',
};

function tabs({ view }: Shown): Html {
  const tab = ([name, { title }]: (typeof VIEWS)[number]) =>
    html`<a href="/inbox?view=${name}" ${name === view ? html`aria-current="page"` : ''}>${title}</a>`;
  return html`<nav class="tabs" aria-label="Lists">${VIEWS.map(tab)}</nav>`;
}

function nothing(shown: Shown): Html {
  if (hasFilters(shown) || shown.query.cursor !== undefined) {
    return html`<section class="card empty">
      <h2>Nothing matches</h2>
      <p class="muted">
        Search for the beginnings of words, or <a href="/inbox?view=${shown.view}">show all</a>.
      </p>
    </section>`;
  }
  if (shown.view === 'decided') {
    return html`<section class="card empty"><h2>Nothing was decided yet</h2></section>`;
  }
  return html`<section class="card empty">
    <h2>Nothing waits for you</h2>
    <p class="muted">
      When an assistant asks for something that needs a person, it appears here. Refresh to look again.
      ${shown.view === 'mine' && html`What waits for others is under <a href="/inbox?view=all">All</a>.`}
    </p>
  </section>`;
}

function listOf(approvals: readonly ApprovalCard[], nowMs: number): Html {
  return html`<ul class="list">
    ${approvals.map((approval) => listItem(approval, nowMs))}
  </ul>`;
}

function listItem(approval: ApprovalCard, nowMs: number): Html {
  const { approvalId, tool, reason, toolDescription, beginning, requestedBy, conversationId } = approval;
  const { status, voted = [], resolvedAt } = approval;
  return html`<li class="card item" data-id="${approvalId}">
    <h2><a href="/inbox/approvals/${approvalId}">${visibleText(tool)}</a></h2>
    <p>${visibleText(reason ?? toolDescription)}</p>
    <p class="preview">${argumentsPreview(beginning)}</p>
    <p class="meta">
      ${status !== 'pending' && html`<span class="chip ${status}">${status}</span>`}
      ${voted.map(({ by, decision }) => html`<span>${visible(by)}: ${decision}</span>`)}
      ${requestedBy !== undefined && html`<span>for ${visibleText(requestedBy)}</span>`}
      ${conversationId !== undefined && html`<span>in ${visibleText(conversationId)}</span>`}
      ${
        resolvedAt === undefined
          ? html`<span
              >${approval.deadline === null ? 'no deadline' : deadline(approval.deadline, nowMs)}</span
            >`
          : html`<span>${moment(resolvedAt)}</span>`
      }
    </p>
  </li>`;
}
