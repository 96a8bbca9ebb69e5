import { existsSync } from 'node:fs';

import axe, { type AxeResults, type RunOptions } from 'axe-core';
import { chromium, type Browser, type Page } from 'playwright-core';

const executablePath = process.env.CHROMIUM ?? '/usr/bin/chromium';

/** A real browser without a screen; nothing but this machine has a name for it: 127.0.0.1, and further addresses that a test names. */
export async function launchChromium({ hosts = [] }: { hosts?: string[] } = {}): Promise<Browser> {
  if (!existsSync(executablePath)) {
    throw new Error(
      "Pages are looked at in a real browser: install Debian's package chromium, or set CHROMIUM.",
    );
  }
  const known = ['127.0.0.1', ...hosts].map((host) => `, EXCLUDE ${host}`).join('');
  const noNames = `--host-resolver-rules=MAP * ~NOTFOUND${known}`;
  return chromium.launch({ executablePath, args: ['--no-sandbox', '--disable-gpu', noNames] });
}

/** What axe finds wrong on a page: the rule, how grave it is, and where. */
export async function axeFaults(
  page: Page,
  options: RunOptions = {},
): Promise<{ impact: string; fault: string }[]> {
  await page.evaluate(axe.source);
  const { violations } = await page.evaluate<AxeResults>(`axe.run(${JSON.stringify(options)})`);
  return violations.map(({ id, impact, nodes }) => {
    return { impact: String(impact), fault: `${id}: ${nodes.map(({ html }) => html).join(' ')}` };
  });
}
