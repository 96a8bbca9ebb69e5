import { html } from 'hono/html';

import type { AnyShownApproval, Vote } from '../../contracts/approval/approval.ts';
import { missingOf, quorumOf } from '../../contracts/deciding/standing.ts';
import { moment } from './deadline.ts';
import type { Html } from './html.ts';
import { words } from './strings/words.ts';
import { visibleText, visibleWords } from './visible-text.ts';

/** For an approval that must wait until the directory has other people. */
export function unmeetableNotice({ unmeetable, status }: AnyShownApproval): Html | '' {
  if (unmeetable === undefined || status !== 'pending') return '';
  return html`<p class="notice bad">${words().votes.unmeetable(visibleText(unmeetable))}</p>`;
}

/** Who has voted, and whose vote is missing: of approvals that one person cannot settle. */
export function votesSection(approval: AnyShownApproval): Html | '' {
  const { rule, votes = [], status } = approval;
  if (votes.length === 0 && rule === undefined) return '';
  const lines = status === 'pending' ? ruleLines(approval) : [];
  if (votes.length === 0 && lines.length === 0) return '';
  const { title } = words().votes;
  return html`<section aria-label="${title}">
    <h2>${title}</h2>
    ${
      votes.length > 0 &&
      html`<ul class="votes">
        ${votes.map(row)}
      </ul>`
    }
    ${lines.map((line) => html`<p class="muted">${line}</p>`)}
  </section>`;
}

function row({ approver, decision, at, note }: Vote): Html {
  return html`<li>
    ${words().didAt(visibleText(approver.id), decision, moment(at))}
    ${note && html`<blockquote><span class="label">${words().card.note}</span> ${visibleText(note)}</blockquote>`}
  </li>`;
}

/** What its rule asks for beside one person's decision. */
export function ruleLines(approval: AnyShownApproval): (Html | string)[] {
  const { rule = {} } = approval;
  const missing = missingOf(approval);
  const { deny } = quorumOf(approval);
  const { votes } = words();
  const lines: (Html | string)[] = [];
  if (missing !== null && rule.quorum !== undefined) lines.push(visibleWords(votes.missing(missing)));
  if (deny > 1) lines.push(votes.deniers(deny));
  if (rule.notRequester) lines.push(votes.notRequester);
  if (rule.breakGlass) lines.push(votes.emergency(visibleText(rule.breakGlass.groups.join(', '))));
  return lines;
}
