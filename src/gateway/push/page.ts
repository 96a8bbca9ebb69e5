import { html } from 'hono/html';

import type { Device } from '../../store/people/devices.ts';
import { moment } from '../inbox/deadline.ts';
import type { Html } from '../inbox/html.ts';
import { words } from '../inbox/strings/words.ts';
import { visibleText } from '../inbox/visible-text.ts';

export interface NotificationsPage {
  devices: readonly Device[];
  /** The VAPID public key; or why there are no notifications here. */
  way: { key: string } | { problem: string };
  csrf: string;
  /** What has just happened, or why nothing has. */
  told?: { message: string; isGood: boolean } | undefined;
}

/** Where a person switches notifications on and off, for the device that they hold and for others of theirs. */
export function notificationsPage({ devices, way, csrf, told }: NotificationsPage): Html {
  const { frame, push: t } = words();
  return html`<p class="back"><a href="/inbox">${frame.toInbox}</a></p>
    ${told !== undefined && html`<p class="notice ${told.isGood ? 'good' : 'bad'}" role="alert">${told.message}</p>`}
    <section class="card">
      <h1>${t.title}</h1>
      <p>${t.lead}</p>
      <h2>${t.here}</h2>
      ${here()}
      <h2>${t.devices}</h2>
      ${
        devices.length === 0
          ? html`<p class="muted">${t.allOff}</p>`
          : html`<ul class="votes">
              ${devices.map(row)}
            </ul>`
      }
    </section>`;

  function here(): Html {
    if ('problem' in way) return html`<p class="notice bad">${t.notHere(way.problem)}</p>`;
    const ids = JSON.stringify(devices.map(({ id }) => id));
    return html`<div id="this-device" data-key="${way.key}" data-devices="${ids}">
      <p role="status"></p>
      <form id="push-on" method="post" action="/inbox/notifications" hidden>
        <input type="hidden" name="csrf" value="${csrf}" />
        <input type="hidden" name="subscription" value="" />
        <label for="device-name">${t.deviceName}</label>
        <input id="device-name" name="name" maxlength="100" autocomplete="off" />
        <button class="primary" type="submit">${t.switchOn}</button>
      </form>
      <form id="push-off" method="post" action="/inbox/notifications/off" hidden>
        <input type="hidden" name="csrf" value="${csrf}" />
        <input type="hidden" name="device" value="" />
        <button type="submit">${t.switchOff}</button>
      </form>
      <noscript>
        <p class="notice bad">${t.noScript}</p>
      </noscript>
    </div>`;
  }

  function row({ id, name, createdAt }: Device): Html {
    return html`<li>
      <form method="post" action="/inbox/notifications/off">
        ${t.since(visibleText(name), moment(createdAt))}
        <input type="hidden" name="csrf" value="${csrf}" />
        <input type="hidden" name="device" value="${id}" />
        <button class="quiet" type="submit" aria-label="${t.switchOffOn(name)}">${t.switchOff}</button>
      </form>
    </li>`;
  }
}
