import type { Page } from 'playwright-core';
import { expect, test } from 'vitest';

import { createDesk } from '../support/desk.ts';
import { inboxFor, looksRight } from '../support/inbox.ts';

/** A change looked at before it is sent, and several questions at once, in a real browser. */
const desk = createDesk();
const inbox = inboxFor({ app: desk.app, name: 'inbox-several' });

const withKeys = async (page: Page, ...keys: string[]) => {
  for (const key of keys) await page.keyboard.press(key);
};
const focused = (page: Page) => page.evaluate<string>('document.activeElement.textContent.trim()');

test.each([true, false])(
  'a change is looked at word by word, then sent, with keys alone (JavaScript %s)',
  async (javaScriptEnabled) => {
    const page = await inbox.signIn({ javaScriptEnabled });
    const asked = await inbox.world.asked('single', { context: { user: 'u-7' } });
    await page.goto(`${inbox.gateway.url}/inbox/approvals/${asked.approvalId}`);
    const summary = page.getByText('Approve with other arguments');
    await summary.focus();
    await withKeys(page, 'Enter', 'Tab', 'Control+A');
    await page.keyboard.insertText('{"orderId": "A-9", "amountCents": 4200}');
    await withKeys(page, 'Tab', 'Tab', 'Tab');
    expect(await focused(page)).toBe('Look at the change');
    await withKeys(page, 'Enter');
    await page.getByText('Nothing was decided yet.').waitFor();
    const change = page.locator('.change');
    expect(await change.locator('del').innerText()).toContain('A-1');
    expect(await change.locator('ins').innerText()).toContain('A-9');
    expect((await page.getByRole('deletion').textContent())?.trim()).toMatch(/^\[removed: /);
    expect(await change.innerText()).toContain('Unchanged: amountCents');
    if (javaScriptEnabled) await looksRight(page, 'change', ['dark', 'light']);
    expect(desk.effects).toEqual([]);
    // What it shows has the focus: a reader hears it, and the form comes next.
    if (javaScriptEnabled) expect(await focused(page)).toContain('What you would change');
    await page.getByLabel('Arguments as JSON').focus();
    await withKeys(page, 'Tab', 'Tab', 'Enter');
    await page.getByText('How it was changed').waitFor();
    const turn = await inbox.world.end(asked.turnId);
    expect(turn.approvals[0]?.decision).toMatchObject({ decision: 'edit', approver: { id: 'ada' } });
    const chain = page.locator('.chain li');
    expect(await chain.first().innerText()).toContain('What the model asked for');
    expect(await chain.last().innerText()).toContain('ada changed it to');
    expect(await chain.last().locator('ins').innerText()).toContain('A-9');
    if (javaScriptEnabled) await looksRight(page, 'chain', ['dark', 'light']);
    desk.effects.length = 0;
    await page.context().close();
  },
);

test.each([true, false])(
  'several are read whole and approved by one form, with keys alone (JavaScript %s)',
  async (javaScriptEnabled) => {
    const page = await inbox.signIn({ javaScriptEnabled });
    const asked = [];
    for (let count = 0; count < 3; count += 1)
      asked.push(await inbox.world.asked('single', { context: { user: `u-${count}` } }));
    const [first, second, third] = asked;
    // The list follows within about a second.
    const boxes = page.getByRole('checkbox');
    await expect
      .poll(async () => (await page.goto(`${inbox.gateway.url}/inbox`), page.locator('.item').count()))
      .toBe(3);
    await page.getByRole('link', { name: 'Several at once' }).press('Enter');
    await page.waitForURL(/several/);
    expect(await boxes.count()).toBe(3);
    const articleOf = (approval: { approvalId: string } | undefined) =>
      page.locator('article', { has: page.locator(`a[href$="${approval!.approvalId}"]`) });
    const boxOf = (approval: { approvalId: string } | undefined) => articleOf(approval).getByRole('checkbox');
    for (const [index, one] of asked.entries()) {
      const text = await articleOf(one).innerText();
      for (const part of ['Money leaves the house.', 'A-1', '4200', 'single', `u-${index}`, 'sha256:'])
        expect(text).toContain(part);
    }
    for (const one of [first, second]) await boxOf(one).press('Space');
    // Enter in a box decides nothing.
    await boxOf(second).press('Enter');
    await page.getByText('Nothing was decided yet').waitFor();
    expect(await boxOf(second).isChecked()).toBe(true);
    await page.goto(`${inbox.gateway.url}/inbox/several`);
    for (const one of [first, second]) await boxOf(one).press('Space');
    if (javaScriptEnabled) await looksRight(page, 'several', ['dark', 'light']);

    // Somebody else is faster with one of them.
    await inbox.world.decide(second!, { decision: 'deny', approver: { id: 'bob' } });
    const approve = page.getByRole('button', { name: 'Approve what is ticked' });
    await approve.press('Enter');
    await page.getByText('1 of 2 approved. Nothing else was decided.').waitFor();
    const rows = page.locator('main li');
    const answers = (await rows.allInnerTexts()).toSorted();
    expect(answers).toEqual([
      expect.stringMatching(/^Done .*Approved\./s),
      expect.stringMatching(/^Not done .*Another decision came first\./s),
    ]);
    if (javaScriptEnabled) await looksRight(page, 'several-answered', ['dark', 'light']);
    const turn = await inbox.world.end(first!.turnId);
    expect(turn.approvals[0]?.decision).toMatchObject({ decision: 'approve', source: 'inbox' });
    expect(desk.effects).toHaveLength(1);

    // The way back, and the same once more: nothing happens twice.
    await page.goBack();
    await expect.poll(() => boxOf(third).count()).toBe(1);
    expect(desk.effects).toHaveLength(1);
    // Another one stands now where a tick was.
    expect(await boxOf(third).isChecked()).toBe(false);
    await boxOf(third).press('Space');
    await page.getByRole('button', { name: 'Deny what is ticked' }).press('Enter');
    await page.getByText('1 of 1 denied.').waitFor();
    await page.reload();
    await page.getByText('It counts once.').waitFor();
    expect((await inbox.world.end(third!.turnId)).approvals[0]?.decision).toMatchObject({ decision: 'deny' });
    desk.effects.length = 0;
    await page.context().close();
  },
);
