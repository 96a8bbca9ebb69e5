import { html } from 'hono/html';

import type { AnyShownApproval } from '../../../contracts/approval/approval.ts';
import {
  moneyWords,
  titleOf,
  type PresentedByTool,
  type PresentedField,
} from '../../../contracts/approval/presented.ts';
import { moment } from '../deadline.ts';
import type { Html } from '../html.ts';
import { words } from '../strings/words.ts';
import { visibleText } from '../visible-text.ts';

/** What the call is, in the tool's own words where it has some. */
export function cardHead(approval: AnyShownApproval): Html {
  const { presented } = approval;
  const isName = presented?.by !== 'tool' || presented.title === undefined;
  return html`<h1 ${isName ? html`class="tool"` : ''}>${visibleText(titleOf(approval))}</h1>
    ${presentedLead(approval)}`;
}

/** What stands below its title. */
export function presentedLead({ tool, toolDescription, presented }: AnyShownApproval): Html {
  if (presented?.by !== 'tool') return html`<p class="lead">${visibleText(toolDescription)}</p>`;
  const { title, summary, risk } = presented;
  const name = html`<code class="tool">${visibleText(tool)}</code>`;
  return html`${summary !== undefined && html`<p class="lead">${visibleText(summary)}</p>`}
    <p class="muted">
      ${risk && html`<span class="chip risk-${risk}">${words().card.risk[risk]}</span>`}
      ${title !== undefined && name} ${visibleText(toolDescription)}
    </p>`;
}

/** What matters, as the tool shows it. */
export function presentedFields(approval: AnyShownApproval): Html | '' {
  const list = presentedList(approval);
  if (list === '' || approval.presented?.by !== 'tool') return list;
  return html`<section aria-label="${words().card.presented}">${list}</section>`;
}

/** The same without a region of its own. */
export function presentedList({ presented }: AnyShownApproval): Html | '' {
  if (presented === undefined) return '';
  if (presented.by === 'schema')
    return presented.failed ? html`<p class="notice bad">${words().card.notPresented}</p>` : '';
  const { fields, left } = presented;
  if (fields.length === 0 && left === undefined) return '';
  return html`<div class="presented">
    <dl class="fields">
      ${fields.map(
        (field) =>
          html`<div class="field">
            <dt>${visibleText(field.label)}</dt>
            <dd>
              ${valueOf(field)}
              ${field.left !== undefined && html`<span class="muted">${words().card.leftCharacters(field.left)}</span>`}
            </dd>
          </div>`,
      )}
    </dl>
    ${left !== undefined && html`<p class="muted">${words().card.leftFields(left)}</p>`}
  </div>`;
}

/** The first fields on one line, for lists. */
export function presentedPreview({ fields, left = 0 }: PresentedByTool): Html {
  return html`${fields.map(
    (field) =>
      html`<span class="pair"
        ><span class="name">${visibleText(field.label)}</span>
        ${field.kind === 'link' ? visibleText(field.value) : valueOf(field)}
        ${field.left !== undefined && html`<span class="muted">${words().card.leftCharacters(field.left)}</span>`}</span
      >`,
  )}${left > 0 && html`<span class="pair muted">${words().args.more(left)}</span>`}`;
}

function valueOf({ value, kind, currency = '' }: PresentedField): Html {
  switch (kind) {
    case 'money':
      return html`<span class="money">${moneyWords({ value, currency }, words().numbers)}</span>`;
    case 'date':
      return /^\d{4}-\d\d-\d\d$/.test(value) ? visibleText(value) : moment(new Date(value).toISOString());
    case 'code':
      return html`<pre>${visibleText(value)}</pre>`;
    case 'diff':
      return html`<pre class="diff">${value.split('\n').map(diffLine)}</pre>`;
    case 'link':
      // Its whole address is its text: nothing else says where it leads.
      return html`<a href="${value}" rel="noreferrer noopener nofollow" target="_blank"
        >${visibleText(value)}</a
      >`;
    case 'text':
    case 'person':
      return visibleText(value);
    default:
      return kind satisfies never;
  }
}

function diffLine(line: string): Html {
  const text = html`${line.slice(0, 1)}${visibleText(line.slice(1))}`;
  if (line.startsWith('+')) return html`<ins>${text}</ins>`;
  if (line.startsWith('-')) return html`<del>${text}</del>`;
  return line.startsWith(' ') ? html`<span>${text}</span>` : html`<span>${visibleText(line)}</span>`;
}
