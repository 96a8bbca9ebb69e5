import { html, raw } from 'hono/html';

import type { Html } from './html.ts';

/** What each key does. None of them decides: they lead to what is pressed then. */
const KEYS: [key: string, does: string][] = [
  ['j', 'the next approval of the list'],
  ['k', 'the one before'],
  ['o', 'opens it'],
  ['a', 'to the button that approves'],
  ['d', 'to the note and the button that denies'],
  ['e', 'to the arguments, to change them'],
  ['r', 'to the answer in place of the action'],
  ['/', 'to the search'],
  ['?', 'shows this'],
];

/** Opened by `?` or its button, which is there only with the script. */
export function keysHelp(): Html {
  return html`<dialog id="keys" aria-labelledby="keys-title">
      <h2 id="keys-title">Keys</h2>
      <dl class="keys">
        ${KEYS.map(
          ([key, does]) =>
            html`<div>
              <dt><kbd>${key}</kbd></dt>
              <dd>${does}</dd>
            </div>`,
        )}
      </dl>
      <p>
        <label><input type="checkbox" id="keys-off" /> Keys are off in this browser</label>
      </p>
      <form method="dialog"><button type="submit">Close</button></form>
    </dialog>
    <p class="announce" role="status" id="announce"></p>`;
}

export function keysButton(): Html {
  return html`<button class="quiet" type="button" id="keys-button" hidden>Keys</button>`;
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
    to(links[next] ?? null, links.length === 0 ? 'There is no list here.' : by > 0 ? 'This is the last one.' : 'This is the first one.');
  };
  const form = (decision, field) =>
    document.querySelector('.decide form:has(input[name=decision][value=' + decision + ']) ' + field);
  const NOT_HERE = 'There is nothing here to decide.';
  const keys = {
    j: () => step(1),
    k: () => step(-1),
    o: () => document.activeElement?.closest('.list .item h2 a')?.click(),
    a: () => to(form('approve', 'button'), NOT_HERE),
    d: () => to(form('deny', 'textarea'), NOT_HERE),
    e: () => to(form('edit', '[name=arguments]'), NOT_HERE),
    r: () => to(form('respond', '[name=response]'), NOT_HERE),
    '/': () => to(document.querySelector('input[type=search]'), 'There is no search here.'),
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
