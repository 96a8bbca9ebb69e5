import { raw } from 'hono/html';

/**
 * A card follows what happens to its approval. Arguments never change under the eyes of somebody: a notice says that they have changed, and
 * the form sends the digest of what is shown. A form that somebody is at, or has typed into, stays.
 */
export const CARD = raw(`(() => {
  const card = document.getElementById('live-card');
  const root = document.getElementById('live');
  const typed = (area) => area.value !== area.defaultValue;
  const isInUse = (region) =>
    'kept' in region.dataset || region.contains(document.activeElement) || [...region.querySelectorAll('textarea')].some(typed);
  const replace = (old, now) => {
    const active = document.activeElement;
    const had = old.contains(active) ? active : null;
    old.replaceChildren(...now.childNodes);
    localTimes(old);
    if (had === null) return;
    const same = [...old.querySelectorAll(had.tagName)].find(({ textContent }) => textContent === had.textContent);
    const to = same ?? document.querySelector('h1');
    if (same === undefined) to.tabIndex = -1;
    to.focus({ preventScroll: true });
  };
  let later = null;
  const show = (fresh) => {
    const now = fresh.getElementById('live-card').dataset;
    const isSettled = now.status !== 'pending';
    const isChanged = now.digest !== card.dataset.digest;
    if (isChanged) document.getElementById('live-changed').hidden = false;
    for (const old of document.querySelectorAll('[data-live]')) {
      const region = fresh.getElementById(old.id);
      if (region === null || plain(old) === plain(region)) continue;
      if (old.id !== 'live-decide') { replace(old, region); continue; }
      if (!isSettled && isChanged) continue;
      if (!isInUse(old)) { replace(old, region); continue; }
      if (!isSettled) continue;
      document.getElementById('live-settled').hidden = false;
      if (later === null) old.addEventListener('focusout', () => setTimeout(() => {
        if (later === null || isInUse(old)) return;
        document.getElementById('live-settled').hidden = true;
        replace(old, later);
      }));
      later = region;
    }
    const { words } = fresh.getElementById('live').dataset;
    if (words !== root.dataset.words) announceNews(words);
    root.dataset.words = words;
    card.dataset.status = now.status;
  };
  followNews(show);
})();`);
