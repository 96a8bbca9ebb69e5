import { html } from 'hono/html';

import type { AnyApproval, AnyShownApproval } from '../../contracts/approval/approval.ts';
import type { Approver } from '../../contracts/approval/decision.ts';
import type { Notice } from '../../store/notices/rows.ts';
import { argumentsTable, notWhatItSeems } from './arguments-table.ts';
import { titleOf } from '../../contracts/approval/presented.ts';
import { cardHead, presentedFields } from './card/presented.ts';
import { digest, proposalsSection, proposedBy } from './card/proposals.ts';
import { saidSection, type ShownSaid } from './card/said.ts';
import { facts } from './card/facts.ts';
import type { CameOfIt } from './card/came-of-it.ts';
import { resolution, standingWords } from './card/resolution.ts';
import { liveParts, region, type LivePage } from './live/region.ts';
import { deadline, moment } from './deadline.ts';
import { personProblem, type Refusal } from '../../contracts/deciding/right-to-vote.ts';
import { breakGlassForms } from './break-glass.ts';
import { decisionForms, type FailedForm } from './decision-forms.ts';
import { linkTo, type Html } from './html.ts';
import { mustBe } from './card/right-words.ts';
import { tabs } from './record/tabs.ts';
import { answerTo } from './outcome-text.ts';
import { words } from './strings/words.ts';
import { visibleText, visibleWords } from './visible-text.ts';
import { toldSection } from './told.ts';
import { unmeetableNotice, votesSection } from './votes.ts';

export interface CardPage {
  approval: AnyShownApproval;
  approver: Approver;
  csrf: string;
  nowMs: number;
  /** The decision this browser has just sent. */
  sent?: string | undefined;
  /** What waits for this person next. */
  next?: AnyApproval | null;
  /** What was said before it was asked. */
  said?: ShownSaid;
  /** A form that was not accepted, to be shown again as it was filled in. */
  failed?: FailedForm | undefined;
  /** Who was told of it. */
  notices?: readonly Notice[];
  /** How the record says that the action ended. */
  end?: CameOfIt | null;
  live: LivePage;
}

/** One approval: what would happen, who asks and until when, and the forms to decide; or what was decided. */
export function cardPage({
  approval,
  approver,
  csrf,
  nowMs,
  sent,
  failed,
  next = null,
  said = null,
  notices = [],
  end = null,
  live,
}: CardPage): Html {
  const { status, reason } = approval;
  const pending = status === 'pending';
  const { frame, card, time, live: told, status: statuses } = words();
  const answer = sent === undefined ? undefined : answerTo(sent, approval);
  const answered = html`${answer && html`<p class="notice ${answer.good ? 'good' : 'bad'}" role="status">${answer.text}</p>`}
  ${next && html`<p class="next"><a class="button" href="/inbox/approvals/${next.approvalId}">${card.next(visibleText(titleOf(next)))}</a></p>`}`;
  const state = html`<p class="eyebrow">
    <span class="chip ${status}">${statuses[status]}</span>
    ${pending && (approval.deadline === null ? time.none : deadline(approval.deadline, nowMs))}
  </p>`;
  /** Arguments never change under the eyes of somebody who is about to decide: what was shown is what a form sends. */
  const changed = html`<p class="notice bad" id="live-changed" hidden>${told.changed(linkTo(''))}</p>`;
  /** A form that somebody is at stays, with what they wrote. */
  const settled = html`<p class="notice bad" id="live-settled" hidden>${told.settled}</p>`;
  const standing = html`${!pending && resolution(approval, end)} ${unmeetableNotice(approval)}
  ${votesSection(approval)}`;
  const parts = html`<p class="back"><a href="/inbox">${frame.toInbox}</a></p>
    ${tabs(approval.approvalId, 'approval')} ${region('answer', answered)}
    ${failed?.message && html`<p class="notice bad" role="alert">${failed.message}</p>`} ${changed}
    <article class="card" id="live-card" data-status="${status}" data-digest="${approval.argumentsDigest}">
      ${region('state', state)} ${cardHead(approval)}
      ${reason !== undefined && html`<p class="reason"><span class="label">${card.why}</span> ${visibleText(reason)}</p>`}
      ${askedBefore(approval)} ${region('standing', standing)} ${presentedFields(approval)}
      ${warnings(approval)} ${whatRuns(approval)} ${saidSection(said)} ${proposalsSection(approval)}
      ${region('facts', facts(approval, nowMs))} ${region('told', toldSection(notices))}
    </article>
    ${settled} ${region('decide', pending && decide(), { isKept: failed !== undefined })}`;
  return liveParts(live, { words: standingWords(approval, end) }, parts);

  function decide(): Html {
    const problem = personProblem(approval, approver, nowMs);
    const alone = failed?.breakGlass === true;
    const forms =
      problem === null
        ? decisionForms(approval, csrf, alone ? undefined : failed)
        : mayNotDecide(problem, mustBe(approval, problem, approver, nowMs));
    return html`${forms} ${breakGlassForms({ approval, approver, csrf, failed: alone ? failed : undefined })}`;
  }
}

/** The arguments whole. Where the tool shows the call itself they are one click away, unless it does not show all. */
function whatRuns(approval: AnyShownApproval): Html {
  const { presented, arguments: args, argumentsDigest } = approval;
  const title = html`<h2>${argumentsTitle(approval)}</h2>`;
  if (presented?.by !== 'tool')
    return html`${title} ${argumentsTable(args, presented?.labels)} ${digest(argumentsDigest)}`;
  const { hidden, lookAlikes } = notWhatItSeems(args);
  const isOpen = presented.left !== undefined || presented.fields.some(({ left }) => left !== undefined);
  const marked = hidden.length + lookAlikes.length > 0;
  return html`<details class="raw" ${isOpen || marked ? 'open' : ''}>
      <summary>${title}</summary>
      ${argumentsTable(args)}
    </details>
    ${digest(argumentsDigest)}`;
}

function askedBefore({ askedBefore: before }: AnyApproval): Html | '' {
  if (before === undefined) return '';
  const { approvedBy, at, why } = before;
  const told = words().card.askedBefore(visibleText(approvedBy.join(', ')), moment(at), visibleText(why));
  return html`<p class="notice">${told}</p>`;
}

function argumentsTitle({ turnId, status, proposals }: AnyShownApproval): Html | string {
  const last = proposals.at(-1);
  if (last?.by.kind === 'person') return proposedBy(last);
  const { card } = words();
  if (turnId === undefined) return card.whatIsAsked;
  return status === 'pending' ? card.whatRuns : card.arguments;
}

function warnings({ arguments: args }: AnyApproval): Html {
  const { hidden, lookAlikes } = notWhatItSeems(args);
  const { card } = words();
  // Unicode's own names are English.
  const names = html`<span lang="en">${hidden.join(', ')}</span>`;
  return html`${hidden.length > 0 && html`<p class="notice bad">${card.hidden(names)}</p>`}${
    lookAlikes.length > 0 &&
    html`<p class="notice bad">${card.lookAlikes(visibleText(lookAlikes.join(', ')))}</p>`
  }`;
}

function mayNotDecide({ reason }: Refusal, must: string): Html {
  const { card } = words();
  const [title, text] =
    reason === 'already_voted' ? [card.voted, card.voteStands] : [card.mayNot, card.whoever(must)];
  return html`<section class="card">
    <h2>${title}</h2>
    <p>${visibleWords(text)}</p>
  </section>`;
}
