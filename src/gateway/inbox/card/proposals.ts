import { html } from 'hono/html';

import type { AnyShownApproval, Proposal } from '../../../contracts/approval/approval.ts';
import { argumentsTable } from '../arguments-table.ts';
import { moment } from '../deadline.ts';
import type { Html } from '../html.ts';
import { words } from '../strings/words.ts';
import { visibleText } from '../visible-text.ts';
import { changeTable } from './change.ts';

/** Who proposed what, the model first; each change beside what it changed. */
export function proposalsSection({ proposals }: AnyShownApproval): Html | '' {
  if (proposals.length < 2) return '';
  return html`<section class="chain" aria-labelledby="chain">
    <h2 id="chain">${words().card.proposed}</h2>
    <ol>
      ${proposals.map((proposal, index) => step(proposal, proposals[index - 1]))}
    </ol>
  </section>`;
}

function step(proposal: Proposal, before: Proposal | undefined): Html {
  const { arguments: args, argumentsDigest, votes = [] } = proposal;
  return html`<li>
    <h3>${proposedBy(proposal)}</h3>
    ${before === undefined ? argumentsTable(args) : changed(before, proposal)} ${digest(argumentsDigest)}
    ${votes.map(({ approver, decision, at }) => html`<p class="muted">${words().card.fell(visibleText(approver.id), decision, moment(at))}</p>`)}
  </li>`;
}

function changed(before: Proposal, { arguments: args }: Proposal): Html {
  return html`${changeTable(before.arguments, args)}
    <details class="raw">
      <summary>${words().card.allArguments}</summary>
      ${argumentsTable(args)}
    </details>`;
}

export function proposedBy({ by, at }: Proposal): Html {
  const { card } = words();
  switch (by.kind) {
    case 'model':
      return card.byModel(moment(at));
    case 'requester':
      return card.byRequester(visibleText(by.id), moment(at));
    case 'person':
      return card.byPerson(visibleText(by.id), moment(at));
    default:
      return by satisfies never;
  }
}

export function digest(argumentsDigest: string): Html {
  const [, algorithm = '', start = '', rest = ''] = /^(\w+:)(.{0,12})(.*)$/s.exec(argumentsDigest) ?? [];
  return html`<p class="digest">
    <span class="label">${words().card.digest}</span>
    <code>${algorithm}<strong>${start}</strong>${rest}</code>
  </p>`;
}
