import { html, raw } from 'hono/html';

import type { Html } from './html.ts';

/** A moment as text that needs no locale: `2026-11-21 06:10:00 UTC`. */
function utc(instant: string): string {
  return `${new Date(instant).toISOString().slice(0, 19).replace('T', ' ')} UTC`;
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
    ><strong class="left" data-left-ms="${leftMs}">${timeLeft(leftMs)}</strong>
    <time class="muted" datetime="${instant}">${utc(instant)}</time></span
  >`;
}

/** The time left in words. The page's script is made of this function too, so it must stand alone. */
export function timeLeft(leftMs: number): string {
  if (leftMs <= 0) return 'time is up';
  const seconds = Math.floor(leftMs / 1000);
  const parts: [number, string][] = [
    [Math.floor(seconds / 86400), 'd'],
    [Math.floor(seconds / 3600) % 24, 'h'],
    [Math.floor(seconds / 60) % 60, 'min'],
    [seconds % 60, 's'],
  ];
  const first = parts.findIndex(([value]) => value > 0);
  const shown = first === -1 ? parts.slice(3) : parts.slice(first, first + 2);
  return `${shown.map(([value, unit]) => `${value} ${unit}`).join(' ')} left`;
}

/** The page's only script: it counts deadlines down. Everything works without it. */
export const TICKING = raw(`(() => {
  const timeLeft = ${timeLeft.toString()};
  const started = Date.now();
  const tick = () => {
    for (const element of document.querySelectorAll('[data-left-ms]')) {
      const leftMs = Number(element.dataset.leftMs) - (Date.now() - started);
      element.textContent = timeLeft(leftMs);
      element.classList.toggle('soon', leftMs < 60000);
    }
  };
  tick();
  setInterval(tick, 1000);
})();`);
