/**
 * Takes the pictures of the inbox that the pages show, in the order of docs/start/screencast.md: `npm run pictures`. Everything is real
 * but four things: readings of clocks are set to fixed ones, so that a picture changes only when the inbox does, the model is simulated,
 * and the servers for mail and Slack are those of the tests.
 */
import { fileURLToPath } from 'node:url';

import { chromium, type Browser, type Page } from 'playwright-core';

import { until } from '../src/testing/wait.ts';
import { fixClocks } from './pictures/fix-clocks.ts';
import { slackPage } from './pictures/slack-card.ts';
import { startScene, type Scene } from './pictures/start-scene.ts';

const CHROMIUM = process.env.CHROMIUM ?? '/usr/bin/chromium';
const SIDE_BY_SIDE = { width: 560, height: 780 };
const PHONE = { width: 375, height: 780 };

/** What waits. The nearest deadline stands first. */
const QUESTIONS = [
  { conversationId: 'workspaces', user: 'linus', message: 'Delete the trial workspace of Acme' },
  {
    conversationId: 'release-311',
    user: 'edsger',
    message: 'Please deploy checkout 2026.11.3 to production',
  },
  { conversationId: 'order-1042', user: 'ada', message: 'Please refund order A-1042, it arrived broken' },
];

const scene = await startScene();
let browser: Browser | undefined;
try {
  browser = await chromium.launch({
    executablePath: CHROMIUM,
    args: ['--no-sandbox', '--disable-gpu', '--font-render-hinting=none', '--disable-lcd-text'],
  });
  await takeAll(browser, scene);
} finally {
  await browser?.close();
  await scene.stop();
}

async function takeAll(browser: Browser, scene: Scene): Promise<void> {
  const asked: string[] = [];
  for (const question of QUESTIONS) asked.push(await scene.ask(question));
  const refund = asked.at(-1) ?? '';
  await takeNotices(browser, scene);

  for (const colorScheme of ['light', 'dark'] as const) {
    const page = await signIn(browser, scene, { colorScheme, viewport: SIDE_BY_SIDE });
    await openList(page, scene, QUESTIONS.length);
    await take(page, `inbox-list-${colorScheme}`);
    await openCard(page, scene, refund);
    await take(page, `inbox-card-${colorScheme}`);
    await page.context().close();
  }
  const phone = await signIn(browser, scene, { viewport: PHONE });
  await openList(phone, scene, QUESTIONS.length);
  await take(phone, 'phone-list');
  await openCard(phone, scene, refund);
  await take(phone, 'phone-card');
  await phone.context().close();

  const page = await signIn(browser, scene);
  await openCard(page, scene, refund);
  await until('the notice that the ladder sends', async () => {
    await page.reload();
    return (await page.locator('#live-told li', { hasText: 'edsger' }).count()) > 0;
  });
  await page.setViewportSize({ width: 760, height: 640 });
  await page.evaluate(`document.querySelector('#live-told section').scrollIntoView({ block: 'end' })`);
  await take(page, 'inbox-told');
  await page.setViewportSize({ width: 760, height: 900 });

  await page.getByText('Approve with other arguments').click();
  const form = page.getByLabel('Arguments as JSON');
  await form.fill((await form.inputValue()).replace('4200', '2100').replace('broken', 'with a broken lid'));
  await page.getByRole('button', { name: 'Look at the change' }).click();
  await page.getByText('Nothing was decided yet.').waitFor();
  await take(page, 'inbox-change', page.locator('details', { has: page.locator('.change') }));

  await openCard(page, scene, refund);
  await page.getByRole('button', { name: 'Approve', exact: true }).press('Enter');
  await page.getByText('The action was carried out.').first().waitFor();
  await take(page, 'inbox-came-of-it');

  const faster = await scene.ask({
    ...{ conversationId: 'order-2077', user: 'barbara' },
    message: 'Please refund order A-2077, it never came',
  });
  await openCard(page, scene, faster);
  const approve = page.getByRole('button', { name: 'Approve', exact: true });
  await approve.focus();
  const linus = await signIn(browser, scene, {}, 'linus');
  await openCard(linus, scene, faster);
  await linus.getByLabel('Note for the model and the record').fill('The parcel is on its way.');
  await linus.getByRole('button', { name: 'Deny' }).click();
  await linus.getByText('Your decision counts').waitFor();
  await linus.context().close();
  await approve.press('Enter');
  await page.getByText('another one came first').waitFor();
  await take(page, 'inbox-conflict');

  // Whole cards are long.
  const several = await signIn(browser, scene, {
    deviceScaleFactor: 1,
    viewport: { width: 760, height: 1_150 },
  });
  await several.goto(`${scene.gateway}/inbox/several`);
  for (const box of await several.getByRole('checkbox').all()) await box.check();
  await several.evaluate('scrollTo(0, document.body.scrollHeight)');
  await take(several, 'inbox-several');
  await several.context().close();

  await until('what was decided in the list', async () => {
    await page.goto(`${scene.gateway}/inbox?view=decided&q=refund`);
    return (await page.locator('li.item').count()) === 2;
  });
  await take(page, 'inbox-history');
  await page.context().close();
}

/** What people get who do not look into the inbox. */
async function takeNotices(browser: Browser, { mailbox, slack }: Scene): Promise<void> {
  const page = await browser.newPage({ viewport: { width: 680, height: 600 }, deviceScaleFactor: 1.5 });
  const mail = await until('the mail', () => mailbox.to('grace@example.com')[0]);
  await page.setContent(String(mail.html));
  await take(page, 'mail', page.locator('body'));
  const message = await until('the card in Slack', () => slack.messages[0]);
  await page.setContent(slackPage(message.blocks));
  await take(page, 'slack', page.locator('body'));
  await page.close();
}

async function signIn(
  browser: Browser,
  scene: Scene,
  options: Parameters<Browser['newContext']>[0] = {},
  person: 'grace' | 'linus' = 'grace',
): Promise<Page> {
  const viewport = { width: 760, height: 900 };
  const common = {
    deviceScaleFactor: 1.5,
    timezoneId: 'UTC',
    locale: 'en',
    reducedMotion: 'reduce',
  } as const;
  const page = await (await browser.newContext({ viewport, ...common, ...options })).newPage();
  await page.goto(await scene.linkOf(person));
  await page.getByRole('button').first().click();
  await page.waitForURL(`${scene.gateway}/inbox`);
  return page;
}

/** The list follows within about a second. */
async function openList(page: Page, scene: Scene, count: number): Promise<void> {
  await until(`${count} in the list`, async () => {
    await page.goto(`${scene.gateway}/inbox`);
    return (await page.locator('li.item').count()) === count;
  });
}

async function openCard(page: Page, scene: Scene, approvalId: string): Promise<void> {
  await page.goto(`${scene.gateway}/inbox/approvals/${approvalId}`);
  await page.locator('article').waitFor();
}

async function take(page: Page, name: string, part: Pick<Page, 'screenshot'> = page): Promise<void> {
  await page.mouse.move(0, 0);
  await fixClocks(page);
  const path = fileURLToPath(new URL(`../docs/pictures/${name}.png`, import.meta.url));
  await part.screenshot({ path });
  console.log(`docs/pictures/${name}.png`);
}
