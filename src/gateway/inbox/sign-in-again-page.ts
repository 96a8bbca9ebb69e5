import { html } from 'hono/html';

import type { Typed } from './drafts.ts';
import type { Html } from './html.ts';
import { visibleText } from './visible-text.ts';

/** Where a decision was sent and the session was gone: what was typed is kept, and the way back to it. */
export function signInAgainPage(page: {
  approvalId: string;
  typed: Typed;
  draft: string;
  csrf: string;
  /** Where to sign in at the identity provider; null without one. */
  signIn: string | null;
  /** The browser keeps what was typed: this tab may leave. */
  isKept: boolean;
  /** Why they must, when they are signed in. */
  why?: string | undefined;
}): Html {
  const { signIn, isKept, typed, why = 'You are not signed in any more' } = page;
  const texts = [typed.note, typed.response, typed.decision === 'edit' ? typed.arguments : ''];
  return html`<section class="card narrow">
    <p class="eyebrow">401</p>
    <h1>Sign in again</h1>
    <p>${why}, so nothing was decided. What you wrote is kept for an hour.</p>
    ${texts.filter(Boolean).map((text) => html`<blockquote>${visibleText(text)}</blockquote>`)}
    ${
      signIn !== null && isKept
        ? html`<p><a class="button primary" href="${signIn}">Sign in and come back</a></p>`
        : inAnotherTab(page)
    }
  </section>`;
}

/** Without a provider to send them to, and for what is too long to be kept by the browser. */
function inAnotherTab({ approvalId, draft, csrf, signIn }: Parameters<typeof signInAgainPage>[0]): Html {
  return html`${
      signIn !== null
        ? html`<p>
            <a href="${signIn}" target="_blank">Sign in in another tab</a>, then come back to this one.
          </p>`
        : html`<p>
            Open a new sign-in link in another tab of this browser; whoever runs this gateway can send you
            one. Then come back to this tab.
          </p>`
    }
    <form method="post" action="/inbox/approvals/${approvalId}/resume">
      <input type="hidden" name="csrf" value="${csrf}" />
      <input type="hidden" name="draft" value="${draft}" />
      <button class="primary" type="submit">I am signed in: go on</button>
    </form>`;
}
