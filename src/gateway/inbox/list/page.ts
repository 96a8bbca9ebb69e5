import { html } from 'hono/html';

import type { ApprovalCard } from '../../../contracts/approval/listed.ts';
import { visible } from '../../../contracts/visible/visible.ts';
import { argumentsPreview } from '../arguments-table.ts';
import { presentedPreview } from '../card/presented.ts';
import { deadline, moment } from '../deadline.ts';
import { linkTo, type Html } from '../html.ts';
import { liveParts, region } from '../live/region.ts';
import { severalAddress } from '../several/page.ts';
import { words } from '../strings/words.ts';
import { visibleText } from '../visible-text.ts';
import type { SeenList } from './read-list.ts';
import { filterForm, hasFilters } from './filters.ts';
import { addressOf, VIEWS, type Shown } from './view.ts';

/** One page of a list: what the reader may decide, what waits for anybody, or what was decided. */
export function listPage(list: SeenList, nowMs: number): Html {
  const { shown, live } = list;
  const { view, hasIndex } = shown;
  const { approvals, more, next } = list.page;
  const { list: t, scripts } = words();
  const items = html`${approvals.length === 0 ? nothing(shown) : listOf(approvals, nowMs)}
  ${
    next === null
      ? more && html`<p class="muted">${t.more}</p>`
      : html`<p><a class="button" rel="next" href="${addressOf(shown, { cursor: next })}">${t.next}</a></p>`
  }`;
  const parts = html`<div class="heading">
      <h1 tabindex="-1">${view === 'decided' ? t.decided : t.waiting}</h1>
      <p class="buttons">
        ${view !== 'decided' && html`<a class="button" href="${severalAddress(shown)}">${t.several}</a>`}
        <a class="button" href="${addressOf(shown)}">${t.refresh}</a>
      </p>
    </div>
    ${hasIndex && html`${tabs(shown)}${filterForm(shown)}`} ${region('list', items)}`;
  const { added, gone, settled } = scripts;
  const title = `${titleOfList(list)} · Countersign`;
  return liveParts(live, { words: JSON.stringify({ added, gone, settled }), title }, parts);
}

/** How many wait stands where a tab that is not looked at shows it. */
export function titleOfList({ page: { approvals, more, next }, shown: { view } }: SeenList): string {
  const { inbox } = words().list;
  const isMore = more || next !== null;
  return view === 'decided' || approvals.length === 0
    ? inbox
    : `(${approvals.length}${isMore ? '+' : ''}) ${inbox}`;
}

function tabs({ view }: Shown): Html {
  const { list: t } = words();
  const tab = ([name]: (typeof VIEWS)[number]) =>
    html`<a href="/inbox?view=${name}" ${name === view ? html`aria-current="page"` : ''}>${t[name]}</a>`;
  return html`<nav class="tabs" aria-label="${t.lists}">${VIEWS.map(tab)}</nav>`;
}

function nothing(shown: Shown): Html {
  const { list: t } = words();
  if (hasFilters(shown) || shown.query.cursor !== undefined) {
    return html`<section class="card empty">
      <h2>${t.noMatch}</h2>
      <p class="muted">${t.searchAgain(linkTo(`/inbox?view=${shown.view}`))}</p>
    </section>`;
  }
  if (shown.view === 'decided') {
    return html`<section class="card empty"><h2>${t.noneDecided}</h2></section>`;
  }
  return html`<section class="card empty">
    <h2>${t.nothing}</h2>
    <p class="muted">${t.appears} ${shown.view === 'mine' && t.others(linkTo('/inbox?view=all'))}</p>
  </section>`;
}

function listOf(approvals: readonly ApprovalCard[], nowMs: number): Html {
  return html`<ul class="list">
    ${approvals.map((approval) => listItem(approval, nowMs))}
  </ul>`;
}

function listItem(approval: ApprovalCard, nowMs: number): Html {
  const { approvalId, tool, reason, toolDescription, requestedBy, conversationId } = approval;
  const { status, voted = [], resolvedAt, beginning, shown } = approval;
  const { list: t, time } = words();
  return html`<li class="card item" data-id="${approvalId}">
    <h2>
      <a href="/inbox/approvals/${approvalId}" ${shown?.title === undefined && html`class="tool"`}
        >${visibleText(shown?.title ?? tool)}</a
      >
    </h2>
    <p>${visibleText(reason ?? toolDescription)}</p>
    <p class="preview">${shown?.fields.length ? presentedPreview(shown) : argumentsPreview(beginning)}</p>
    <p class="meta">
      ${shown?.title !== undefined && html`<code class="tool">${visibleText(tool)}</code>`}
      ${status !== 'pending' && html`<span class="chip ${status}">${t.status[status]}</span>`}
      ${voted.map(({ by, decision }) => html`<span>${visible(by)}: ${t.vote[decision]}</span>`)}
      ${requestedBy !== undefined && html`<span>${t.requestedBy(visibleText(requestedBy))}</span>`}
      ${conversationId !== undefined && html`<span>${t.within(visibleText(conversationId))}</span>`}
      ${
        resolvedAt === undefined
          ? html`<span>${approval.deadline === null ? time.none : deadline(approval.deadline, nowMs)}</span>`
          : html`<span>${moment(resolvedAt)}</span>`
      }
    </p>
  </li>`;
}
