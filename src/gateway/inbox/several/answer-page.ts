import { html } from 'hono/html';

import type { AnyShownApproval } from '../../../contracts/approval/approval.ts';
import type { Accepted, Receipt } from '../../../contracts/approval/decision.ts';
import type { Html } from '../html.ts';
import { addressOf, queryOf, type Shown } from '../list/view.ts';
import { refusalOf } from '../refusal.ts';
import { visibleText } from '../visible-text.ts';
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

const CHIPS: Record<State, { words: string; look: string }> = {
  done: { words: 'Done', look: 'approved' },
  taken: { words: 'Taken', look: 'pending' },
  not: { words: 'Not done', look: 'denied' },
};

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
  const summary = [
    `${done} of ${rows.length} ${decision === 'approve' ? 'approved' : 'denied'}.`,
    ...(taken > 0 ? [`${taken} taken, and not settled yet.`] : []),
    ...(again.length > 0 ? [`Of ${again.length} it is not known.`] : []),
    ...(again.length === 0 ? ['Nothing else was decided.'] : []),
  ].join(' ');
  return html`<p class="back"><a href="${addressOf(shown)}">Back to the list</a></p>
    <h1>What came of each</h1>
    <p class="notice ${done + taken === rows.length ? 'good' : 'bad'} after-heading" role="status">
      ${summary}
    </p>
    <section class="card" aria-label="What came of each">
      <ul class="votes">
        ${rows.map(
          ({ chosen, approval, state, text }) =>
            html`<li>
              <span class="chip ${CHIPS[state].look}">${CHIPS[state].words}</span>
              ${approval === null ? html`<code>${visibleText(chosen.approvalId)}</code>` : linkOf(approval)}:
              ${visibleText(text)}
            </li>`,
        )}
      </ul>
    </section>
    ${again.length > 0 && sendAgain(again, { decision, shown, csrf })}
    <p><a class="button" href="${severalAddress(shown)}">Go on with the list</a></p>`;
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
    <p>What is not known can be sent again. What has counted counts once.</p>
    <p><button type="submit">Send ${rows.length === 1 ? 'it' : 'them'} again</button></p>
  </form>`;
}

function wordsOf(cameOf: CameOf, decision: BatchDecision): Told {
  switch (cameOf.is) {
    case 'answered':
      return answerWords(cameOf.answer, decision);
    case 'alone':
      return { state: 'not', text: `It must be decided on its own card. ${cameOf.why}` };
    case 'missing':
      return { state: 'not', text: 'There is no such approval.' };
    case 'unknown':
      return { state: 'not', text: 'It is not known whether your decision arrived.' };
    default:
      return cameOf satisfies never;
  }
}

function answerWords(answer: Receipt | Accepted, decision: BatchDecision): Told {
  switch (answer.outcome) {
    case 'applied':
      return { state: 'done', text: decision === 'approve' ? 'Approved.' : 'Denied.' };
    case 'duplicate':
      return { state: 'done', text: 'Your decision had counted before. It counts once.' };
    case 'voted':
      return { state: 'taken', text: 'Your vote counts; others must agree.' };
    case 'accepted':
      return {
        state: 'taken',
        text: 'Your decision is stored and will be applied as soon as a worker is up.',
      };
    case 'conflict':
      return { state: 'not', text: 'Another decision came first.' };
    case 'reused':
      return {
        state: 'not',
        text: 'You had decided it otherwise from the same page. The first decision counts.',
      };
    case 'expired':
      return { state: 'not', text: 'Too late: the deadline had passed.' };
    case 'cancelled':
      return { state: 'not', text: 'The turn was cancelled before.' };
    case 'refused': {
      const { message, errors } = refusalOf(answer);
      const text = message ?? errors.map((error) => `${error.field} ${error.message}`.trim()).join(' ');
      return { state: 'not', text };
    }
    case 'unknown':
      return { state: 'not', text: 'There is no such approval.' };
    default:
      return answer satisfies never;
  }
}
