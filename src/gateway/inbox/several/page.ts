import { randomUUID } from 'node:crypto';

import { html } from 'hono/html';

import type { AnyShownApproval } from '../../../contracts/approval/approval.ts';
import { titleOf } from '../../../contracts/approval/presented.ts';
import { argumentsTable } from '../arguments-table.ts';
import { presentedLead, presentedList } from '../card/presented.ts';
import { facts } from '../card/facts.ts';
import { digest } from '../card/proposals.ts';
import { saidLines } from '../card/said.ts';
import { deadline } from '../deadline.ts';
import type { Html } from '../html.ts';
import { addressOf, queryOf, type Shown } from '../list/view.ts';
import { ruleLines } from '../votes.ts';
import { words } from '../strings/words.ts';
import { visibleText, visibleWords } from '../visible-text.ts';
import { NONE, type Chosen } from './read-chosen.ts';
import { MOST_AT_ONCE, type Candidate, type Candidates } from './read-several.ts';

const PATH = '/inbox/several';

export function severalAddress(shown: Shown, from: { cursor?: string | undefined } = {}): string {
  return `${PATH}?${queryOf(shown, from).toString()}`;
}

interface SeveralPage {
  csrf: string;
  nowMs: number;
  /** Why a form of this page decided nothing. */
  message?: string;
  /** What was ticked in it. */
  ticked?: readonly Chosen[];
}

/** Several approvals, each whole or with why it is not decided here, and one form for those that are ticked. */
export function severalPage(
  { shown, candidates, next }: Candidates,
  { csrf, nowMs, message, ticked = [] }: SeveralPage,
): Html {
  const { frame, several } = words();
  const together = candidates.filter((one) => one.alone === null);
  const alone = candidates.filter((one) => one.alone !== null);
  return html`<p class="back"><a href="${addressOf(shown)}">${frame.toList}</a></p>
    <h1>${several.title}</h1>
    <p class="muted after-heading">${several.lead(MOST_AT_ONCE)}</p>
    ${message !== undefined && html`<p class="notice bad" role="alert">${message}</p>`}
    ${together.length > 0 ? formOf(together, { shown, csrf, nowMs, ticked }) : nothing(alone.length > 0)}
    ${alone.length > 0 && onTheirOwn(alone)}
    ${next !== null && html`<p><a class="button" rel="next" href="${severalAddress(shown, { cursor: next })}">${several.next(MOST_AT_ONCE)}</a></p>`}`;
}

function nothing(isOther: boolean): Html {
  return html`<section class="card empty">
    <h2>${isOther ? words().several.notHere : words().list.nothing}</h2>
  </section>`;
}

type Whole = Extract<Candidate, { alone: null }>;

/**
 * A browser that goes back would tick boxes by their place, of whatever stands there now: hence no `autocomplete`. Enter in a tick box presses the first button of its form, so that one decides
 * nothing.
 */
function formOf(
  candidates: readonly Whole[],
  { shown, csrf, nowMs, ticked }: Required<Omit<SeveralPage, 'message'>> & { shown: Shown },
): Html {
  const { several } = words();
  return html`<form class="several" method="post" action="${PATH}" autocomplete="off">
    <button type="submit" name="decision" value="${NONE}" hidden></button>
    <input type="hidden" name="csrf" value="${csrf}" />
    <input type="hidden" name="list" value="${queryOf(shown).toString()}" />
    ${candidates.map((one, index) => whole(one, { index, nowMs, isTicked: isAmong(ticked, one) }))}
    <section class="card decide" aria-labelledby="decide">
      <h2 id="decide">${several.decide}</h2>
      <p class="muted">${several.means}</p>
      <div class="buttons">
        <button class="primary" type="submit" name="decision" value="approve">${several.approve}</button>
        <button class="danger" type="submit" name="decision" value="deny">${several.deny}</button>
      </div>
    </section>
  </form>`;
}

/** As it was read: what has changed since is not ticked. */
function isAmong(ticked: readonly Chosen[], { approval: { approvalId, argumentsDigest } }: Whole): boolean {
  return ticked.some((one) => one.approvalId === approvalId && one.argumentsDigest === argumentsDigest);
}

function whole(
  { approval, said }: Whole,
  { index, nowMs, isTicked }: { index: number; nowMs: number; isTicked: boolean },
): Html {
  const { approvalId, argumentsDigest, reason, presented, arguments: args, rule, approvers } = approval;
  const chosen: Chosen = { approvalId, decisionId: randomUUID(), argumentsDigest };
  const { several, card, time } = words();
  const lines = [
    ...(approvers === undefined ? [] : [several.approvers(visibleText(approvers.join(', ')))]),
    ...ruleLines(approval),
    ...(rule?.note === 'deny' ? [several.denyAlone] : []),
  ];
  return html`<article class="card" aria-labelledby="several-${index}">
    <p class="eyebrow">${approval.deadline === null ? time.none : deadline(approval.deadline, nowMs)}</p>
    <h2 id="several-${index}">${linkOf(approval)}</h2>
    ${presentedLead(approval)}
    ${reason !== undefined && html`<p class="reason"><span class="label">${card.why}</span> ${visibleText(reason)}</p>`}
    ${presentedList(approval)} ${argumentsTable(args, presented?.by === 'schema' ? presented.labels : {})}
    ${digest(argumentsDigest)} ${said !== null && html`<div class="said">${saidLines(said)}</div>`}
    ${lines.map((line) => html`<p class="muted">${line}</p>`)} ${facts(approval, nowMs)}
    <p class="tick">
      <input
        type="checkbox"
        autocomplete="off"
        id="tick-${index}"
        name="chosen"
        value="${JSON.stringify(chosen)}"
        ${isTicked ? html`checked` : ''}
      />
      <label for="tick-${index}">${several.read(visibleText(titleOf(approval)))}</label>
    </p>
  </article>`;
}

function onTheirOwn(candidates: readonly Exclude<Candidate, Whole>[]): Html {
  return html`<section class="card" aria-labelledby="alone">
    <h2 id="alone">${words().several.alone}</h2>
    <ul class="votes">
      ${candidates.map(({ approval, alone }) => html`<li>${linkOf(approval)}: <span class="muted">${visibleWords(alone)}</span></li>`)}
    </ul>
  </section>`;
}

export function linkOf(approval: Pick<AnyShownApproval, 'approvalId' | 'tool' | 'presented'>): Html {
  return html`<a href="/inbox/approvals/${approval.approvalId}">${visibleText(titleOf(approval))}</a>`;
}
