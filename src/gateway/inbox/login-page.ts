import { html } from 'hono/html';

import type { Approver } from '../../contracts/approval/decision.ts';
import type { Html } from './html.ts';
import { visibleText } from './visible-text.ts';

/** Behind the link: a button, because programs that look at links ahead of people would use the token up otherwise. */
export function loginPage(
  { approver, tenant }: { approver: Approver; tenant: string },
  csrf: string,
  token: string,
): Html {
  return html`<section class="card narrow">
    <h1>Open the inbox</h1>
    <p>
      This link signs you in as <strong>${visibleText(approver.id)}</strong> of
      <strong>${visibleText(tenant)}</strong>, for 12 hours in this browser.
    </p>
    <form method="post" action="/inbox/login">
      <input type="hidden" name="csrf" value="${csrf}" />
      <input type="hidden" name="token" value="${token}" />
      <button class="primary" type="submit">Sign in</button>
    </form>
    <p class="muted small">The link works once and for ten minutes.</p>
  </section>`;
}
