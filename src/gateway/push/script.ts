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
    if (!window.isSecureContext) return WORDS.push.insecure;
    if (!('serviceWorker' in navigator) || !('PushManager' in window) || !('Notification' in window))
      return WORDS.push.none;
    if (Notification.permission === 'denied')
      return WORDS.push.blocked;
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
    say(isOn ? WORDS.push.on : WORDS.push.off);
  };
  on.addEventListener('submit', async (event) => {
    event.preventDefault();
    say(WORDS.push.asking);
    try {
      if ((await Notification.requestPermission()) !== 'granted')
        return say(WORDS.push.refused);
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
      say(WORDS.push.unreachable.replace('#', error.name));
    }
  });
  off.addEventListener('submit', async (event) => {
    event.preventDefault();
    say(WORDS.push.leaving);
    await (await current())?.unsubscribe().catch(() => false);
    off.submit();
  });
  look().catch((error) => say(WORDS.push.broken.replace('#', error.name)));
})();`);
