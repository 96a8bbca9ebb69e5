import { html } from 'hono/html';

import type { Passkey } from '../../store/sign-in/passkeys.ts';
import { moment } from '../inbox/deadline.ts';
import type { Html } from '../inbox/html.ts';
import { visibleText } from '../inbox/visible-text.ts';
import type { Asked } from './script.ts';

export interface PasskeysPage {
  passkeys: readonly Passkey[];
  /** How one is added: at once, after signing in again (`null`: by a new link), or not here. */
  way: { asked: Asked; token: string } | { signIn: string | null } | { problem: string };
  csrf: string;
  /** Why none was added. */
  message?: string | undefined;
}

/** What somebody signs decisions with that are too grave for a session alone. */
export function passkeysPage({ passkeys, way, csrf, message }: PasskeysPage): Html {
  return html`<p class="back"><a href="/inbox">Back to the inbox</a></p>
    ${message !== undefined && html`<p class="notice bad" role="alert">${message}</p>`}
    <section class="card">
      <h1>Passkeys</h1>
      <p>Some decisions count only when you touch a passkey for them. Yours are kept here.</p>
      ${
        passkeys.length === 0
          ? html`<p class="muted">You have none yet.</p>`
          : html`<dl class="facts">
              ${passkeys.map(
                ({ name, createdAt, usedAt }) =>
                  html`<div>
                    <dt>${visibleText(name)}</dt>
                    <dd>
                      added ${moment(createdAt)},
                      ${usedAt === null ? 'never used' : html`last used ${moment(usedAt)}`}
                    </dd>
                  </div>`,
              )}
            </dl>`
      }
      <p class="muted">Whoever runs this gateway can take one away, if you lose it.</p>
      <h2>Add a passkey</h2>
      ${add()}
    </section>`;

  function add(): Html {
    if ('problem' in way) return html`<p class="notice bad">Passkeys do not work here: ${way.problem}</p>`;
    if ('signIn' in way)
      return way.signIn === null
        ? html`<p>Open a new sign-in link first: you came by yours more than ten minutes ago.</p>`
        : html`<p>
            <a class="button" href="${way.signIn}">Sign in again</a> first: you did more than ten minutes ago.
          </p>`;
    return html`<form method="post" action="/inbox/passkeys" data-passkey="${JSON.stringify(way.asked)}">
      <input type="hidden" name="csrf" value="${csrf}" />
      <input type="hidden" name="token" value="${way.token}" />
      <input type="hidden" name="touch" value="" />
      <label for="passkey-name">Its name, for you</label>
      <input id="passkey-name" name="name" maxlength="100" autocomplete="off" />
      <button class="primary" type="submit">Add a passkey</button>
      <p role="status"></p>
      <noscript><p class="notice bad">Passkeys need JavaScript. Nothing else in the inbox does.</p></noscript>
    </form>`;
  }
}
