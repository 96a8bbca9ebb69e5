import { html } from 'hono/html';

import type { AnyShownApproval, Vote } from '../../contracts/approval/approval.ts';
import { missingOf, missingWords, quorumOf } from '../../contracts/deciding/standing.ts';
import { moment } from './deadline.ts';
import type { Html } from './html.ts';
import { DECISION_WORDS } from './outcome-text.ts';
import { visibleText } from './visible-text.ts';

/** For an approval that must wait until the directory has other people. */
export function unmeetableNotice({ unmeetable, status }: AnyShownApproval): Html | '' {
  if (unmeetable === undefined || status !== 'pending') return '';
  return html`<p class="notice bad">
    Nobody can meet this rule: ${visibleText(unmeetable)}. So it was when it was asked; whoever runs this has
    been told.
  </p>`;
}

/** Who has voted, and whose vote is missing: of approvals that one person cannot settle. */
export function votesSection(approval: AnyShownApproval): Html | '' {
  const { rule, votes = [], status } = approval;
  if (votes.length === 0 && rule === undefined) return '';
  const words = status === 'pending' ? ruleLines(approval) : [];
  if (votes.length === 0 && words.length === 0) return '';
  return html`<section aria-label="Votes">
    <h2>Votes</h2>
    ${
      votes.length > 0 &&
      html`<ul class="votes">
        ${votes.map(row)}
      </ul>`
    }
    ${words.map((line) => html`<p class="muted">${line}</p>`)}
  </section>`;
}

function row({ approver, decision, at, note }: Vote): Html {
  return html`<li>
    <strong>${visibleText(approver.id)}</strong> ${DECISION_WORDS[decision]} at ${moment(at)}
    ${note && html`<blockquote><span class="label">Note</span> ${visibleText(note)}</blockquote>`}
  </li>`;
}

/** What its rule asks for beside one person's decision. */
export function ruleLines(approval: AnyShownApproval): (Html | string)[] {
  const { rule = {} } = approval;
  const missing = missingOf(approval);
  const { deny } = quorumOf(approval);
  const lines: (Html | string)[] = [];
  if (missing !== null && rule.quorum !== undefined)
    lines.push(html`Missing: ${visibleText(missingWords(missing))}.`);
  if (deny > 1) lines.push(`${deny} people must deny it before it is denied.`);
  if (rule.notRequester) lines.push('Whoever asked for it cannot decide it.');
  if (rule.breakGlass)
    lines.push(
      html`In an emergency ${visibleText(rule.breakGlass.groups.join(', '))} may settle it alone, with a
      reason.`,
    );
  return lines;
}
