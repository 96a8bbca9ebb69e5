import { raw } from 'hono/html';

import type { Html } from '../inbox/html.ts';

/**
 * Switches notifications on and off in this browser. The page's policy lets it call nobody, so what the browser answers is sent with the
 * form.
 */
export const SWITCHING: Html = raw(`(() => {
  const box = document.getElementById('this-device');
  if (box === null) return;
  const said = box.querySelector('[role=status]');
  const on = document.getElementById('push-on');
  const off = document.getElementById('push-off');
  const say = (text) => { said.textContent = text; };
  const bytes = (text) =>
    Uint8Array.from(atob(text.replaceAll('-', '+').replaceAll('_', '/')), (sign) => sign.charCodeAt(0));
  const idOf = async (endpoint) => {
    const hash = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(endpoint));
    return btoa(String.fromCharCode(...new Uint8Array(hash))).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '');
  };
  const why = () => {
    if (!window.isSecureContext) return 'Notifications need an https address.';
    if (!('serviceWorker' in navigator) || !('PushManager' in window) || !('Notification' in window))
      return 'This browser takes no notifications. On an iPhone or iPad, add this page to the Home Screen and open it there.';
    if (Notification.permission === 'denied')
      return 'Notifications from this site are blocked. Allow them in the settings of the browser, and load this page again.';
    return null;
  };
  const current = async () => {
    const registration = await navigator.serviceWorker.getRegistration('/inbox/');
    return (await registration?.pushManager.getSubscription()) ?? null;
  };
  const look = async () => {
    const problem = why();
    if (problem !== null) return say(problem);
    const subscription = await current();
    const id = subscription && (await idOf(subscription.endpoint));
    const isOn = id !== null && JSON.parse(box.dataset.devices).includes(id);
    if (isOn) off.elements.device.value = id;
    on.hidden = isOn;
    off.hidden = !isOn;
    say(isOn ? 'Notifications are on, on this device.' : 'Notifications are off, on this device.');
  };
  on.addEventListener('submit', async (event) => {
    event.preventDefault();
    say('Waiting for your permission.');
    try {
      if ((await Notification.requestPermission()) !== 'granted')
        return say('Nothing was switched on: you have not allowed notifications from this site.');
      await navigator.serviceWorker.register('/inbox/push-worker.js', { scope: '/inbox/', updateViaCache: 'none' });
      const registration = await navigator.serviceWorker.getRegistration('/inbox/');
      const worker = registration.active ?? registration.waiting ?? registration.installing;
      if (worker.state !== 'activated') await new Promise((resolve, reject) => {
        worker.addEventListener('statechange', () => {
          if (worker.state === 'activated') resolve();
          if (worker.state === 'redundant') reject(new Error('redundant'));
        });
      });
      await (await registration.pushManager.getSubscription())?.unsubscribe();
      const subscription = await registration.pushManager.subscribe({
        userVisibleOnly: true,
        applicationServerKey: bytes(box.dataset.key),
      });
      on.elements.subscription.value = JSON.stringify(subscription);
      on.submit();
    } catch (error) {
      say('Nothing was switched on: the browser cannot reach its push service (' + error.name + '). Try again.');
    }
  });
  off.addEventListener('submit', async (event) => {
    event.preventDefault();
    say('Switching off.');
    await (await current())?.unsubscribe().catch(() => false);
    off.submit();
  });
  look().catch((error) => say('This browser takes no notifications here (' + error.name + ').'));
})();`);
