import { html } from 'hono/html';

import type { Passkey } from '../../store/sign-in/passkeys.ts';
import { moment } from '../inbox/deadline.ts';
import { linkTo, type Html } from '../inbox/html.ts';
import { words } from '../inbox/strings/words.ts';
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
  const { frame, passkeys: t } = words();
  return html`<p class="back"><a href="/inbox">${frame.toInbox}</a></p>
    ${message !== undefined && html`<p class="notice bad" role="alert">${message}</p>`}
    <section class="card">
      <h1>${t.title}</h1>
      <p>${t.lead}</p>
      ${
        passkeys.length === 0
          ? html`<p class="muted">${t.none}</p>`
          : html`<dl class="facts">
              ${passkeys.map(
                ({ name, createdAt, usedAt }) =>
                  html`<div>
                    <dt>${visibleText(name)}</dt>
                    <dd>
                      ${t.added(moment(createdAt))}
                      ${usedAt === null ? t.neverUsed : t.lastUsed(moment(usedAt))}
                    </dd>
                  </div>`,
              )}
            </dl>`
      }
      <p class="muted">${t.lost}</p>
      <h2>${t.add}</h2>
      ${add()}
    </section>`;

  function add(): Html {
    if ('problem' in way) return html`<p class="notice bad">${t.notHere(way.problem)}</p>`;
    if ('signIn' in way)
      return way.signIn === null ? html`<p>${t.newLink}</p>` : html`<p>${t.again(linkTo(way.signIn))}</p>`;
    return html`<form method="post" action="/inbox/passkeys" data-passkey="${JSON.stringify(way.asked)}">
      <input type="hidden" name="csrf" value="${csrf}" />
      <input type="hidden" name="token" value="${way.token}" />
      <input type="hidden" name="touch" value="" />
      <label for="passkey-name">${t.deviceName}</label>
      <input id="passkey-name" name="name" maxlength="100" autocomplete="off" />
      <button class="primary" type="submit">${t.add}</button>
      <p role="status"></p>
      <noscript><p class="notice bad">${t.noScript}</p></noscript>
    </form>`;
  }
}
