import { raw } from 'hono/html';

/**
 * A list follows what is asked and settled. What somebody reads stays where it is, and what has the focus keeps it: an item that is settled
 * meanwhile goes when the focus has left it.
 */
export const LIST = raw(`(() => {
  const root = document.getElementById('live');
  const words = JSON.parse(root.dataset.words);
  const inWords = ([one, many], count) => (count === 0 ? [] : [count === 1 ? one : many.replace('#', count)]);
  const itemsOf = (region) => [...region.querySelectorAll('.list > .item:not([data-gone])')];
  const idsOf = (region) => new Set(itemsOf(region).map(({ dataset }) => dataset.id));

  const markGone = (item) => {
    item.dataset.gone = '';
    const chip = document.createElement('span');
    chip.className = 'chip';
    chip.textContent = words.settled;
    item.querySelector('.meta').prepend(chip);
    item.addEventListener('focusout', () => item.remove());
  };
  /** The title's link, which may have the focus, stays; the rest is new. */
  const renew = (item, fresh) => {
    if (plain(item) === plain(fresh)) return;
    const title = item.querySelector('h2');
    const [link, freshLink] = [title, fresh.querySelector('h2')].map((one) => one.querySelector('a'));
    if (link.innerHTML !== freshLink.innerHTML) {
      link.className = freshLink.className;
      link.replaceChildren(...freshLink.childNodes);
    }
    for (const child of [...item.children]) if (child !== title) child.remove();
    title.after(...[...fresh.children].filter(({ tagName }) => tagName !== 'H2'));
  };
  const merge = (list, fresh) => {
    const mine = new Map(itemsOf(list.parentElement).map((item) => [item.dataset.id, item]));
    const wanted = new Set([...fresh.children].map(({ dataset }) => dataset.id));
    for (const [id, item] of mine) {
      if (wanted.has(id)) continue;
      if (item.contains(document.activeElement)) markGone(item);
      else item.remove();
    }
    let at = list.firstElementChild;
    for (const item of [...fresh.children]) {
      while (at !== null && 'gone' in at.dataset) at = at.nextElementSibling;
      const known = mine.get(item.dataset.id);
      if (known !== undefined) renew(known, item);
      if (known !== undefined && known === at) at = at.nextElementSibling;
      else list.insertBefore(known ?? item, at);
    }
  };
  const show = (fresh) => {
    const region = document.getElementById('live-list');
    const now = fresh.getElementById('live-list');
    const [before, after] = [idsOf(region), idsOf(now)];
    const active = document.activeElement;
    const anchor = itemsOf(region).find((item) => after.has(item.dataset.id) && item.getBoundingClientRect().bottom > 0);
    const top = anchor?.getBoundingClientRect().top;

    const [list, freshList] = [region.querySelector('.list'), now.querySelector('.list')];
    const isHeld = list?.contains(active);
    if (list !== null && (freshList !== null || isHeld)) {
      merge(list, freshList ?? document.createElement('ul'));
      for (const child of [...region.children]) if (child !== list && !child.contains(active)) child.remove();
      list.after(...[...now.children].filter((child) => child !== freshList));
    } else if (plain(region) !== plain(now)) {
      region.replaceChildren(...now.childNodes);
      if (active !== null && !active.isConnected) document.querySelector('h1').focus({ preventScroll: true });
    }
    localTimes(region);
    if (active?.isConnected && document.activeElement !== active) active.focus({ preventScroll: true });
    if (anchor?.isConnected && scrollY > 0) scrollBy(0, anchor.getBoundingClientRect().top - top);

    document.title = fresh.getElementById('live').dataset.title;
    const added = [...after].filter((id) => !before.has(id)).length;
    const gone = [...before].filter((id) => !after.has(id)).length;
    const said = [...inWords(words.added, added), ...inWords(words.gone, gone)].join(' ');
    if (said !== '') announceNews(said);
  };
  followNews(show);
})();`);
