import { html } from 'hono/html';

import type { Device } from '../../store/people/devices.ts';
import { moment } from '../inbox/deadline.ts';
import type { Html } from '../inbox/html.ts';
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
  return html`<p class="back"><a href="/inbox">Back to the inbox</a></p>
    ${told !== undefined && html`<p class="notice ${told.isGood ? 'good' : 'bad'}" role="alert">${told.message}</p>`}
    <section class="card">
      <h1>Notifications</h1>
      <p>A device can tell you when you are asked. It shows who asks and for what tool, and no arguments.</p>
      <h2>On this device</h2>
      ${here()}
      <h2>Your devices</h2>
      ${
        devices.length === 0
          ? html`<p class="muted">Notifications are off on all of them.</p>`
          : html`<ul class="votes">
              ${devices.map(row)}
            </ul>`
      }
    </section>`;

  function here(): Html {
    if ('problem' in way)
      return html`<p class="notice bad">There are no notifications here: ${way.problem}</p>`;
    const ids = JSON.stringify(devices.map(({ id }) => id));
    return html`<div id="this-device" data-key="${way.key}" data-devices="${ids}">
      <p role="status"></p>
      <form id="push-on" method="post" action="/inbox/notifications" hidden>
        <input type="hidden" name="csrf" value="${csrf}" />
        <input type="hidden" name="subscription" value="" />
        <label for="device-name">Its name, for you</label>
        <input id="device-name" name="name" maxlength="100" autocomplete="off" />
        <button class="primary" type="submit">Switch on</button>
      </form>
      <form id="push-off" method="post" action="/inbox/notifications/off" hidden>
        <input type="hidden" name="csrf" value="${csrf}" />
        <input type="hidden" name="device" value="" />
        <button type="submit">Switch off</button>
      </form>
      <noscript>
        <p class="notice bad">
          Notifications need JavaScript, because only a script can ask the browser for them. You can switch
          them off below without.
        </p>
      </noscript>
    </div>`;
  }

  function row({ id, name, createdAt }: Device): Html {
    return html`<li>
      <form method="post" action="/inbox/notifications/off">
        <strong>${visibleText(name)}</strong> since ${moment(createdAt)}
        <input type="hidden" name="csrf" value="${csrf}" />
        <input type="hidden" name="device" value="${id}" />
        <button class="quiet" type="submit" aria-label="Switch off on ${name}">Switch off</button>
      </form>
    </li>`;
  }
}
