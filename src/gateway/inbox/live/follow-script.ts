import { raw } from 'hono/html';

/**
 * Reads the parts of the page again whenever the stream says that there is news:
 *
 *   stream → stream    a gateway restarts, a network changes: the browser connects again, after a pause that the gateway has given
 *   stream → polling   refused, held back by a proxy, or silent for three heartbeats; the stream is tried again later and later
 *   stream → polling   a hidden tab where a browser has few connections (HTTP/1.1); the stream is back when the tab is
 *   any → over         nothing changes any more, nobody is signed in, or the card is not found
 */
export const FOLLOW = raw(`
/** Without what goes by with time, and what is new in every form. */
function plain(element) {
  const copy = element.cloneNode(true);
  for (const left of copy.querySelectorAll('[data-left-ms]')) left.replaceWith('');
  for (const time of copy.querySelectorAll('time[datetime]')) {
    time.textContent = '';
    time.removeAttribute('title');
  }
  for (const id of copy.querySelectorAll('[name=decisionId]')) id.remove();
  for (const open of copy.querySelectorAll('details')) open.removeAttribute('open');
  return copy.innerHTML.replace(/\\s+/g, ' ');
}
function announceNews(text) {
  const said = document.getElementById('announce');
  said.textContent = text;
  setTimeout(() => { if (said.textContent === text) said.textContent = ''; }, 10000);
}
function followNews(show) {
  const root = document.getElementById('live');
  const { events, parts } = root.dataset;
  const beatMs = Number(root.dataset.beatMs);
  const between = (ms) => ms * (0.5 + Math.random());
  const isShared = ['h2', 'h3'].includes(performance.getEntriesByType('navigation')[0]?.nextHopProtocol);
  let etag = root.dataset.etag;
  let source = null;
  let isOver = false;
  let isReading = false;
  let isStale = false;
  let missed = 0;
  let lost = 0;
  let silence;
  let again;
  let next;

  const over = () => {
    isOver = true;
    close();
    clearTimeout(next);
    clearTimeout(again);
  };
  const close = () => {
    clearTimeout(silence);
    source?.close();
    source = null;
  };
  const look = async () => {
    if (isReading) { isStale = true; return; }
    isReading = true;
    isStale = false;
    try {
      const answer = await fetch(parts, { headers: { 'if-none-match': etag }, cache: 'no-store' });
      const why = { 401: 'live-signed-out', 404: 'live-not-found' }[answer.status];
      if (why !== undefined) {
        document.getElementById(why).hidden = false;
        return over();
      }
      if (answer.status === 200) {
        const text = await answer.text();
        etag = answer.headers.get('etag') ?? etag;
        show(new DOMParser().parseFromString(text, 'text/html'));
      } else if (answer.status !== 304) throw new Error(String(answer.status));
      missed = 0;
    } catch {
      missed += 1;
      clearTimeout(next);
      next = setTimeout(look, between(Math.min(2000 * 2 ** missed, 60000)));
    } finally {
      isReading = false;
    }
    if (isStale) look();
  };
  const poll = () => {
    clearTimeout(next);
    if (isOver || source?.readyState === EventSource.OPEN) return;
    next = setTimeout(async () => { await look(); poll(); }, between(document.hidden ? 4 * beatMs : beatMs));
  };
  const lose = () => {
    close();
    lost += 1;
    poll();
    clearTimeout(again);
    again = setTimeout(open, between(Math.min(beatMs * 2 ** lost, 600000)));
  };
  const heard = () => {
    clearTimeout(silence);
    silence = setTimeout(lose, 3 * beatMs);
  };
  const open = () => {
    clearTimeout(again);
    if (isOver || source !== null || (document.hidden && !isShared)) return;
    source = new EventSource(events);
    silence = setTimeout(lose, Math.max(beatMs / 2, 3000));
    source.addEventListener('beat', () => { lost = 0; if (missed === 0) clearTimeout(next); heard(); });
    source.addEventListener('changed', () => { heard(); look(); });
    source.addEventListener('over', ({ data }) => {
      close();
      if (data === 'settled') isOver = true;
      look();
    });
    source.addEventListener('error', () => { if (source?.readyState === EventSource.CLOSED) lose(); });
  };
  document.addEventListener('visibilitychange', () => {
    if (isOver) return;
    if (!document.hidden) { look(); open(); }
    else if (!isShared) { close(); poll(); }
  });
  addEventListener('pagehide', close);
  if (document.hidden && !isShared) poll();
  open();
}
`);
