import { html } from 'hono/html';

import type { Said, SaidLine } from '../../../contracts/said.ts';
import { moment } from '../deadline.ts';
import type { Html } from '../html.ts';
import { words } from '../strings/words.ts';
import { visibleText } from '../visible-text.ts';

/** What was said before the question; `unavailable` where it could not be read in time. */
export type ShownSaid = Said | 'unavailable' | null;

/** The user's message, and the conversation before it, each line marked as whose words it is. */
export function saidSection(said: ShownSaid): Html | '' {
  if (said === null) return '';
  if (said === 'unavailable') return html`<p class="muted">${words().said.unavailable}</p>`;
  return html`<section class="said" aria-label="${words().said.title}">${saidLines(said)}</section>`;
}

export function saidLines({ message, before }: Said): Html {
  return html`${row(message)}
  ${
    before.length > 0 &&
    html`<details>
      <summary>${words().said.before(before.length)}</summary>
      <div class="lines">${before.map(row)}</div>
    </details>`
  }`;
}

function row(line: SaidLine): Html {
  return html`<blockquote class="by-${line.by}">
    <span class="label">${who(line)}, ${moment(line.at)}</span> ${visibleText(line.text)}
    ${line.left !== undefined && html`<span class="muted">${words().card.leftCharacters(line.left)}</span>`}
  </blockquote>`;
}

function who({ by, user }: SaidLine): Html | string {
  const { said } = words();
  switch (by) {
    case 'user':
      return user === undefined ? said.byUser : said.byThisUser(visibleText(user));
    case 'assistant':
      return said.byModel;
    case 'countersign':
      return said.byUs;
    default:
      return by satisfies never;
  }
}
