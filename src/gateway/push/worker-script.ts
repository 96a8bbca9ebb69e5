/**
 * The service worker of the inbox. It shows what is pushed and opens what is clicked, and does nothing else: it keeps no page and answers no
 * request. A click leads to the inbox only, whatever was pushed.
 */
export const WORKER_SCRIPT = `'use strict';
self.addEventListener('install', () => self.skipWaiting());
self.addEventListener('push', (event) => {
  let told = null;
  try { told = event.data.json(); } catch {}
  const text = (value, otherwise) => (typeof value === 'string' ? value : otherwise);
  event.waitUntil(self.registration.showNotification(text(told?.title, 'Countersign'), {
    body: text(told?.body, 'Look into the inbox.'),
    tag: text(told?.tag, 'countersign'),
    data: { path: text(told?.path, '/inbox') },
    icon: '/inbox/icon-192.png',
    silent: told?.isSilent === true,
    renotify: told?.isSilent !== true,
  }));
});
self.addEventListener('notificationclick', (event) => {
  event.notification.close();
  const wanted = String(event.notification.data?.path);
  const path = /^\\/inbox(\\/approvals\\/[\\w.~%:-]+)?$/.test(wanted) ? wanted : '/inbox';
  event.waitUntil((async () => {
    const pages = await self.clients.matchAll({ type: 'window', includeUncontrolled: true });
    const open = pages.find(({ url }) => new URL(url).pathname === path);
    await (open ? open.focus() : self.clients.openWindow(path));
  })());
});
`;
