import { html } from 'hono/html';

import type { AnyShownApproval } from '../../../contracts/approval/approval.ts';
import type { Accepted, Receipt } from '../../../contracts/approval/decision.ts';
import type { Html } from '../html.ts';
import { addressOf, queryOf, type Shown } from '../list/view.ts';
import { refusalOf } from '../refusal.ts';
import { words } from '../strings/words.ts';
import { visibleText, visibleWords } from '../visible-text.ts';
import { linkOf, severalAddress } from './page.ts';
import type { Chosen } from './read-chosen.ts';
import type { BatchDecision } from './why-alone.ts';

/** What came of one of several. */
export type CameOf =
  | { is: 'answered'; answer: Receipt | Accepted }
  /** It was not sent, and why. */
  | { is: 'alone'; why: string }
  | { is: 'missing' }
  /** Something went wrong on the way: whether it counts is not known, and it may be sent again. */
  | { is: 'unknown' };

export interface Answered {
  chosen: Chosen;
  approval: AnyShownApproval | null;
  cameOf: CameOf;
}

type State = 'done' | 'taken' | 'not';

/** Each looks as a status does. */
const LOOKS: Record<State, string> = { done: 'approved', taken: 'pending', not: 'denied' };

interface Told {
  state: State;
  text: string;
}

/** What came of each, one by one. */
export function answerPage(
  answered: readonly Answered[],
  { decision, shown, csrf }: { decision: BatchDecision; shown: Shown; csrf: string },
): Html {
  const rows = answered.map((one) => ({ ...one, ...wordsOf(one.cameOf, decision) }));
  const again = rows.filter(({ cameOf }) => cameOf.is === 'unknown');
  const countOf = (state: State) => rows.filter((one) => one.state === state).length;
  const [done, taken] = [countOf('done'), countOf('taken')];
  const { frame, several } = words();
  const isApproval = decision === 'approve';
  const summary = several.summary({ isApproval, all: rows.length, done, taken, unknown: again.length });
  return html`<p class="back"><a href="${addressOf(shown)}">${frame.toList}</a></p>
    <h1>${several.answers}</h1>
    <p class="notice ${done + taken === rows.length ? 'good' : 'bad'} after-heading" role="status">
      ${summary}
    </p>
    <section class="card" aria-label="${several.answers}">
      <ul class="votes">
        ${rows.map(
          ({ chosen, approval, state, text }) =>
            html`<li>
              <span class="chip ${LOOKS[state]}">${several[state]}</span>
              ${approval === null ? html`<code>${visibleText(chosen.approvalId)}</code>` : linkOf(approval)}:
              ${visibleWords(text)}
            </li>`,
        )}
      </ul>
    </section>
    ${again.length > 0 && sendAgain(again, { decision, shown, csrf })}
    <p><a class="button" href="${severalAddress(shown)}">${several.goOn}</a></p>`;
}

/** The same ids again: what was counted before is counted once. */
function sendAgain(
  rows: readonly Answered[],
  { decision, shown, csrf }: { decision: BatchDecision; shown: Shown; csrf: string },
): Html {
  return html`<form class="card" method="post" action="/inbox/several">
    <input type="hidden" name="csrf" value="${csrf}" />
    <input type="hidden" name="list" value="${queryOf(shown).toString()}" />
    <input type="hidden" name="decision" value="${decision}" />
    ${rows.map(({ chosen }) => html`<input type="hidden" name="chosen" value="${JSON.stringify(chosen)}" />`)}
    <p>${words().several.again}</p>
    <p><button type="submit">${words().several.sendAgain(rows.length)}</button></p>
  </form>`;
}

function wordsOf(cameOf: CameOf, decision: BatchDecision): Told {
  const { cameOf: t } = words().several;
  switch (cameOf.is) {
    case 'answered':
      return answerWords(cameOf.answer, decision);
    case 'alone':
      return { state: 'not', text: t.alone(cameOf.why) };
    case 'missing':
      return { state: 'not', text: t.missing };
    case 'unknown':
      return { state: 'not', text: t.unknown };
    default:
      return cameOf satisfies never;
  }
}

function answerWords(answer: Receipt | Accepted, decision: BatchDecision): Told {
  const { cameOf: t } = words().several;
  switch (answer.outcome) {
    case 'applied':
      return { state: 'done', text: decision === 'approve' ? t.approved : t.denied };
    case 'duplicate':
      return { state: 'done', text: t.duplicate };
    case 'voted':
      return { state: 'taken', text: t.voted };
    case 'accepted':
      return {
        state: 'taken',
        text: t.accepted,
      };
    case 'conflict':
      return { state: 'not', text: t.conflict };
    case 'reused':
      return {
        state: 'not',
        text: t.reused,
      };
    case 'expired':
      return { state: 'not', text: t.expired };
    case 'cancelled':
      return { state: 'not', text: t.cancelled };
    case 'refused': {
      const { message, errors } = refusalOf(answer);
      const text = message ?? errors.map((error) => `${error.field} ${error.message}`.trim()).join(' ');
      return { state: 'not', text };
    }
    case 'unknown':
      return { state: 'not', text: t.missing };
    default:
      return answer satisfies never;
  }
}
