import { html } from 'hono/html';

import type { Approver } from '../../contracts/approval/decision.ts';
import type { Html } from './html.ts';
import { words } from './strings/words.ts';
import { visibleText } from './visible-text.ts';

/** Behind the link: a button, because programs that look at links ahead of people would use the token up otherwise. */
export function loginPage(
  { approver, tenant }: { approver: Approver; tenant: string },
  csrf: string,
  token: string,
): Html {
  const { signIn } = words();
  return html`<section class="card narrow">
    <h1>${signIn.open}</h1>
    <p>${signIn.link(visibleText(approver.id), visibleText(tenant))}</p>
    <form method="post" action="/inbox/login">
      <input type="hidden" name="csrf" value="${csrf}" />
      <input type="hidden" name="token" value="${token}" />
      <button class="primary" type="submit">${signIn.title}</button>
    </form>
    <p class="muted small">${signIn.once}</p>
  </section>`;
}
