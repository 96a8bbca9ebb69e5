import { html, raw } from 'hono/html';

import type { Html } from './html.ts';
import { words } from './strings/words.ts';

/** Each key, and the words that say what it does. None of them decides: they lead to what is pressed then. */
const KEYS = [
  ...(['j', 'k', 'o', 'a', 'd', 'e', 'r'] as const).map((key) => [key, key] as const),
  ['/', 'search'],
  ['?', 'help'],
] as const;

/** Opened by `?` or its button, which is there only with the script. */
export function keysHelp(): Html {
  const { keys } = words();
  return html`<dialog id="keys" aria-labelledby="keys-title">
      <h2 id="keys-title">${keys.title}</h2>
      <dl class="keys">
        ${KEYS.map(
          ([key, name]) =>
            html`<div>
              <dt><kbd>${key}</kbd></dt>
              <dd>${keys[name]}</dd>
            </div>`,
        )}
      </dl>
      <p>
        <label><input type="checkbox" id="keys-off" /> ${keys.off}</label>
      </p>
      <form method="dialog"><button type="submit">${keys.close}</button></form>
    </dialog>
    <p class="announce" role="status" id="announce"></p>`;
}

export function keysButton(): Html {
  return html`<button class="quiet" type="button" id="keys-button" hidden>${words().keys.title}</button>`;
}

/** Keys. Everything works without them. */
export const KEYS_SCRIPT = raw(`(() => {
  const help = document.getElementById('keys');
  if (help === null) return;
  const off = document.getElementById('keys-off');
  const button = document.getElementById('keys-button');
  const announce = (text) => { document.getElementById('announce').textContent = text; };
  const kept = (change) => { try { return change(localStorage); } catch { return null; } };
  off.checked = kept((store) => store.getItem('countersign-keys')) === 'off';
  off.addEventListener('change', () => kept((store) => store.setItem('countersign-keys', off.checked ? 'off' : 'on')));
  button.hidden = false;
  button.addEventListener('click', () => help.showModal());
  const to = (element, missing) => {
    if (element === null) return announce(missing);
    element.closest('details')?.setAttribute('open', '');
    element.focus();
    element.scrollIntoView({ block: 'nearest' });
    announce('');
  };
  const step = (by) => {
    const links = [...document.querySelectorAll('.list .item h2 a')];
    const at = links.indexOf(document.activeElement);
    const next = at === -1 ? (by > 0 ? 0 : links.length - 1) : at + by;
    to(links[next] ?? null, links.length === 0 ? WORDS.noList : by > 0 ? WORDS.last : WORDS.first);
  };
  const form = (decision, field) =>
    document.querySelector('.decide form:has(input[name=decision][value=' + decision + ']) ' + field);
  const keys = {
    j: () => step(1),
    k: () => step(-1),
    o: () => document.activeElement?.closest('.list .item h2 a')?.click(),
    a: () => to(form('approve', 'button'), WORDS.nothing),
    d: () => to(form('deny', 'textarea'), WORDS.nothing),
    e: () => to(form('edit', '[name=arguments]'), WORDS.nothing),
    r: () => to(form('respond', '[name=response]'), WORDS.nothing),
    '/': () => to(document.querySelector('input[type=search]'), WORDS.noSearch),
    '?': () => help.showModal(),
  };
  document.addEventListener('keydown', (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing || help.open) return;
    if (event.target.closest('input, textarea, select, [contenteditable]') !== null) return;
    if (!Object.hasOwn(keys, event.key) || (off.checked && event.key !== '?')) return;
    event.preventDefault();
    keys[event.key]();
  });
})();`);
