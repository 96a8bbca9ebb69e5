import { html } from 'hono/html';

import type { Said, SaidLine } from '../../../contracts/said.ts';
import { moment } from '../deadline.ts';
import type { Html } from '../html.ts';
import { visibleText } from '../visible-text.ts';

/** What was said before the question; `unavailable` where it could not be read in time. */
export type ShownSaid = Said | 'unavailable' | null;

/** The user's message, and the conversation before it, each line marked as whose words it is. */
export function saidSection(said: ShownSaid): Html | '' {
  if (said === null) return '';
  if (said === 'unavailable')
    return html`<p class="muted">
      What was said before could not be read just now. Reload the page to try again.
    </p>`;
  return html`<section class="said" aria-label="What was said">${saidLines(said)}</section>`;
}

export function saidLines({ message, before }: Said): Html {
  return html`${row(message)}
  ${
    before.length > 0 &&
    html`<details>
      <summary>${before.length === 1 ? 'One line before it' : `${before.length} lines before it`}</summary>
      <div class="lines">${before.map(row)}</div>
    </details>`
  }`;
}

function row(line: SaidLine): Html {
  return html`<blockquote class="by-${line.by}">
    <span class="label">${who(line)}, ${moment(line.at)}</span> ${visibleText(line.text)}
    ${line.left !== undefined && html`<span class="muted">… ${line.left} more characters</span>`}
  </blockquote>`;
}

function who({ by, user }: SaidLine): Html | string {
  switch (by) {
    case 'user':
      return user === undefined ? 'The user’s words' : html`Words of the user ${visibleText(user)}`;
    case 'assistant':
      return 'The model’s words';
    case 'countersign':
      return 'Countersign’s news to the model';
    default:
      return by satisfies never;
  }
}
