import { html } from 'hono/html';

import { RISKS } from '../../../contracts/approval/presented.ts';
import type { Html } from '../html.ts';
import { words } from '../strings/words.ts';
import type { Shown } from './view.ts';

const FIELDS = ['tool', 'requester', 'conversation'] as const;

export function hasFilters({ query: { cursor: _cursor, ...filters } }: Shown): boolean {
  return Object.values(filters).some((value) => value !== undefined);
}

/** Asks for the same list with other filters by a plain GET, so it works without scripts and its address can be kept. */
export function filterForm(shown: Shown): Html {
  const { view, query } = shown;
  const { filters: t } = words();
  const { q, cursor: _cursor, ...more } = query;
  const isOpen = Object.values(more).some((value) => value !== undefined);
  return html`<form class="filters" method="get" action="/inbox" role="search">
    <input type="hidden" name="view" value="${view}" />
    <div class="search">
      <label for="q">${t.search}</label>
      <input type="search" id="q" name="q" maxlength="200" value="${q ?? ''}" />
      <button type="submit">${t.search}</button>
      ${hasFilters(shown) && html`<a class="button quiet" href="/inbox?view=${view}">${t.clear}</a>`}
    </div>
    <details ${isOpen ? html`open` : ''}>
      <summary>${t.more}</summary>
      <div class="more">
        ${FIELDS.map(
          (name) =>
            html`<p>
              <label for="${name}">${t[name]}</label>
              <input id="${name}" name="${name}" maxlength="200" value="${query[name] ?? ''}" />
            </p>`,
        )}
        <p>
          <label for="risk">${t.risk}</label>
          <select id="risk" name="risk">
            <option value="">${t.any}</option>
            ${RISKS.map(
              (risk) =>
                html`<option value="${risk}" ${query.risk === risk ? html`selected` : ''}>
                  ${t.risks[risk]}
                </option>`,
            )}
          </select>
        </p>
      </div>
    </details>
  </form>`;
}
