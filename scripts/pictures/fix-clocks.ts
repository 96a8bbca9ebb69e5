import type { Page } from 'playwright-core';

import { timeLeft } from '../../src/gateway/inbox/deadline.ts';
import { en } from '../../src/gateway/inbox/strings/en.ts';

const MINUTE_MS = 60_000;
/** What the pictures' policies allow, and how long a run lives. */
const LIMITS_MS = [240, 1_440, 2_880, 4_320].map((minutes) => minutes * MINUTE_MS);
/** It is this late in every picture, and a question is this old. */
const NOW_MS = Date.parse('2026-11-26T09:30:36Z');
const AGE_MS = 36_000;

const utc = (ms: number) => `${new Date(ms).toISOString().slice(0, 19).replace('T', ' ')} UTC`;

/**
 * Sets everything on a page that differs from run to run: the readings of clocks. It is done by hand in the page, because the
 * time left is taken on the gateway.
 */
export async function fixClocks(page: Page): Promise<void> {
  const limits = LIMITS_MS.map((limitMs) => ({
    limitMs,
    left: timeLeft(limitMs - AGE_MS, en.time.left),
    until: utc(NOW_MS - AGE_MS + limitMs),
  }));
  await page.evaluate(`(() => {
    // The page's own script would count on.
    for (let id = setInterval(() => undefined, 1e6); id > 0; id -= 1) clearInterval(id);
    // What a screen reader is told stays for some seconds, or was told before.
    document.getElementById('announce')?.replaceChildren();
    const limits = ${JSON.stringify(limits)};
    const limitOf = (ms) => limits.find(({ limitMs }) => ms <= limitMs) ?? limits.at(-1);
    for (const time of document.querySelectorAll('time[datetime]')) {
      const aheadMs = Date.parse(time.dateTime) - Date.now();
      time.textContent = aheadMs > 0 ? limitOf(aheadMs).until : '${utc(NOW_MS - AGE_MS)}';
    }
    for (const left of document.querySelectorAll('[data-left-ms]'))
      left.textContent = limitOf(Number(left.dataset.leftMs)).left;
    // Notices have no element for a time.
    const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    while (texts.nextNode()) {
      const text = texts.currentNode;
      text.data = text.data.replace(/\\w{3},? \\d{1,2} \\w{3} \\d{4},? (at )?\\d{2}:\\d{2}/g, 'Thu, 26 Nov 2026, 13:30');
    }
  })()`);
}
