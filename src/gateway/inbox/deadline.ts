import { html, raw } from 'hono/html';

import type { Html } from './html.ts';
import type { Words } from './strings/en.ts';
import { words } from './strings/words.ts';

const [full, two] = ['numeric', '2-digit'] as const;
const FORMAT = { year: full, month: two, day: two, hour: two, minute: two, second: two } as const;

/** A moment as text of the page's language, such as `2026-11-21 06:10:00 UTC`. */
function utc(instant: string): string {
  const format = new Intl.DateTimeFormat(words().dates, { ...FORMAT, timeZone: 'UTC' });
  return `${format.format(new Date(instant))} UTC`;
}

export function moment(instant: string): Html {
  return html`<time datetime="${instant}">${utc(instant)}</time>`;
}

/**
 * A deadline: the time left, which the script counts down, and the absolute time, which needs no script. The time left is
 * taken on the server, so a wrong clock of the browser changes nothing.
 */
export function deadline(instant: string, nowMs: number): Html {
  const leftMs = Date.parse(instant) - nowMs;
  return html`<span class="deadline"
    ><strong class="left" data-left-ms="${leftMs}">${timeLeft(leftMs, words().time.left)}</strong>
    <time class="muted" datetime="${instant}">${utc(instant)}</time></span
  >`;
}

/** The time left in words. The page's script is made of this function too, so it must stand alone. */
export function timeLeft(leftMs: number, { over, left, units }: Words['time']['left']): string {
  if (leftMs <= 0) return over;
  const seconds = Math.floor(leftMs / 1000);
  const values = [
    Math.floor(seconds / 86400),
    Math.floor(seconds / 3600) % 24,
    Math.floor(seconds / 60) % 60,
    seconds % 60,
  ];
  const parts = values.map((value, index) => `${value} ${units[index] ?? ''}`);
  const first = values.findIndex((value) => value > 0);
  const shown = first === -1 ? parts.slice(3) : parts.slice(first, first + 2);
  return left.replace('#', shown.join(' '));
}

/** Counts deadlines down. Everything works without it. */
export const TICKING = raw(`(() => {
  const timeLeft = ${timeLeft.toString()};
  const ends = new WeakMap();
  const tick = () => {
    for (const element of document.querySelectorAll('[data-left-ms]')) {
      if (!ends.has(element)) ends.set(element, Date.now() + Number(element.dataset.leftMs));
      const leftMs = ends.get(element) - Date.now();
      element.textContent = timeLeft(leftMs, WORDS.left);
      element.classList.toggle('soon', leftMs < 60000);
    }
  };
  tick();
  setInterval(tick, 1000);
})();`);

/** Times in the reader's zone, with UTC on hover. */
export const TIMES = raw(`function localTimes(root) {
  for (const time of root.querySelectorAll('time[datetime]')) {
    const at = new Date(time.dateTime);
    if (time.title !== '' || !/T/.test(time.dateTime) || Number.isNaN(at.getTime())) continue;
    const { lang, dataset } = document.documentElement;
    const zone = new Intl.DateTimeFormat(lang, { timeZoneName: 'short' }).formatToParts(at);
    const local = new Intl.DateTimeFormat(dataset.dates, ${JSON.stringify(FORMAT)}).format(at);
    time.title = time.textContent.trim();
    time.textContent = local + ' ' + zone.find(({ type }) => type === 'timeZoneName').value;
  }
}
localTimes(document)`);
