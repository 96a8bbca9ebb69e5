import { html } from 'hono/html';

import type { AnyApproval, AnyShownApproval, Proposal } from '../../contracts/approval/approval.ts';
import type { Approver } from '../../contracts/approval/decision.ts';
import type { Notice } from '../../store/notices/rows.ts';
import { argumentsTable, notWhatItSeems } from './arguments-table.ts';
import { titleOf } from '../../contracts/approval/presented.ts';
import { cardHead, presentedFields } from './card/presented.ts';
import { saidSection, type ShownSaid } from './card/said.ts';
import { deadline, moment } from './deadline.ts';
import { personProblem, type Refusal } from '../../contracts/deciding/right-to-vote.ts';
import { breakGlassForms } from './break-glass.ts';
import { decisionForms, type FailedForm } from './decision-forms.ts';
import type { Html } from './html.ts';
import { tabs } from './record/tabs.ts';
import { answerTo, DECISION_WORDS, OUTCOME_WORDS, STATUS_WORDS } from './outcome-text.ts';
import { visibleText } from './visible-text.ts';
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
}: CardPage): Html {
  const { status, reason } = approval;
  const pending = status === 'pending';
  const answer = sent === undefined ? undefined : answerTo(sent, approval);
  return html`<p class="back"><a href="/inbox">Back to the inbox</a></p>
    ${tabs(approval.approvalId, 'approval')}
    ${answer && html`<p class="notice ${answer.good ? 'good' : 'bad'}" role="status">${answer.text}</p>`}
    ${next && html`<p class="next"><a class="button" href="/inbox/approvals/${next.approvalId}">Next: ${visibleText(titleOf(next))}</a></p>`}
    ${failed?.message && html`<p class="notice bad" role="alert">${failed.message}</p>`}
    <article class="card">
      <p class="eyebrow">
        <span class="chip ${status}">${STATUS_WORDS[status]}</span>
        ${pending && (approval.deadline === null ? 'no deadline' : deadline(approval.deadline, nowMs))}
      </p>
      ${cardHead(approval)}
      ${reason !== undefined && html`<p class="reason"><span class="label">Why a person is asked</span> ${visibleText(reason)}</p>`}
      ${askedBefore(approval)} ${!pending && resolution(approval)} ${unmeetableNotice(approval)}
      ${votesSection(approval)} ${presentedFields(approval)} ${warnings(approval)} ${whatRuns(approval)}
      ${saidSection(said)} ${approval.proposals.slice(0, -1).toReversed().map(earlier)}
      ${facts(approval, nowMs)} ${toldSection(notices)}
    </article>
    ${pending && decide()}`;

  function decide(): Html {
    const problem = personProblem(approval, approver, nowMs);
    const alone = failed?.breakGlass === true;
    const forms =
      problem === null ? decisionForms(approval, csrf, alone ? undefined : failed) : mayNotDecide(problem);
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
  return html`<p class="notice">
    Asked before, approved by ${visibleText(before.approvedBy.join(', '))} on ${moment(before.at)}.
    ${visibleText(before.why)}
  </p>`;
}

function facts(
  { requestedBy, requestedAt, conversationId, assistant, ...approval }: AnyApproval,
  nowMs: number,
): Html {
  const { status, runDeadline, onRunDeadline } = approval;
  const then =
    onRunDeadline === 'cancel' ? 'then the run is cancelled' : 'then the model is told it was not done';
  return html`<dl class="facts">
    <div>
      <dt>On behalf of</dt>
      <dd>
        ${requestedBy === undefined ? html`<span class="muted">nobody is named</span>` : visibleText(requestedBy)}
      </dd>
    </div>
    ${
      approval.meantFor !== undefined &&
      html`<div>
        <dt>
          ${approval.rule?.person === undefined ? 'Meant for, says the requester' : 'Meant for, and for nobody else'}
        </dt>
        <dd>${visibleText(approval.meantFor)}</dd>
      </div>`
    }
    ${
      conversationId !== undefined &&
      html`<div>
        <dt>Conversation</dt>
        <dd>${visibleText(conversationId)}</dd>
      </div>`
    }
    ${
      assistant !== undefined &&
      html`<div>
        <dt>Assistant</dt>
        <dd>${visibleText(assistant)}</dd>
      </div>`
    }
    <div>
      <dt>Asked at</dt>
      <dd>${moment(requestedAt)}</dd>
    </div>
    ${
      status === 'pending' &&
      assistant !== undefined &&
      html`<div>
        <dt>The run ends</dt>
        <dd>
          ${runDeadline === null ? 'the run has no deadline' : html`${deadline(runDeadline, nowMs)} <span class="muted">${then}</span>`}
        </dd>
      </div>`
    }
  </dl>`;
}

function resolution({ decision, outcome, resolvedAt, status, turnId }: AnyApproval): Html {
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
    ${decision?.note && html`<blockquote><span class="label">Note</span> ${visibleText(decision.note)}</blockquote>`}
    ${decision?.response && html`<blockquote><span class="label">Answer given ${turnId === undefined ? 'to the requester' : 'to the model'}</span> ${visibleText(decision.response)}</blockquote>`}
    <p>
      ${turnId === undefined ? 'The requester reads the answer and acts on it.' : OUTCOME_WORDS[outcome ?? (status === 'approved' ? 'executing' : 'not_executed')]}
      ${turnId !== undefined && status === 'approved' && (outcome ?? 'executing') === 'executing' && html`<a href="">Look again</a>`}
    </p>
  </section>`;
}

function argumentsTitle({ turnId, status, proposals }: AnyShownApproval): Html | string {
  const last = proposals.at(-1);
  if (last?.by.kind === 'person') return proposedBy(last);
  if (turnId === undefined) return 'What is asked';
  return status === 'pending' ? 'What will run' : 'The arguments';
}

/** What a person changed is shown beside what it became. */
function earlier(proposal: Proposal): Html {
  return html`<h2>${proposedBy(proposal)}</h2>
    ${argumentsTable(proposal.arguments)} ${digest(proposal.argumentsDigest)}`;
}

function proposedBy({ by, at }: Proposal): Html {
  switch (by.kind) {
    case 'model':
      return html`What the model asked for, ${moment(at)}`;
    case 'requester':
      return html`What ${visibleText(by.id)} asked for, ${moment(at)}`;
    case 'person':
      return html`What ${visibleText(by.id)} changed it to, ${moment(at)}`;
    default:
      return by satisfies never;
  }
}

function digest(argumentsDigest: string): Html {
  const [, algorithm = '', start = '', rest = ''] = /^(\w+:)(.{0,12})(.*)$/s.exec(argumentsDigest) ?? [];
  return html`<p class="digest">
    <span class="label">Digest</span> <code>${algorithm}<strong>${start}</strong>${rest}</code>
  </p>`;
}

function warnings({ arguments: args }: AnyApproval): Html {
  const { hidden, lookAlikes } = notWhatItSeems(args);
  return html`${
    hidden.length > 0 &&
    html`<p class="notice bad">
      The arguments hold characters that cannot be seen. They are marked below: ${hidden.join(', ')}.
    </p>`
  }${
    lookAlikes.length > 0 &&
    html`<p class="notice bad">
      The arguments hold names that may not be what they look like. They are marked below:
      ${visibleText(lookAlikes.join(', '))}.
    </p>`
  }`;
}

function mayNotDecide({ reason, message }: Refusal): Html {
  const [title, text] =
    reason === 'already_voted'
      ? ['You have voted', 'A vote stands. Others must decide now.']
      : ['You cannot decide this', `Whoever decides this one ${message}`];
  return html`<section class="card">
    <h2>${title}</h2>
    <p>${visibleText(text)}</p>
  </section>`;
}
