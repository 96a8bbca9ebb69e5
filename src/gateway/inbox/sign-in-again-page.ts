import { html } from 'hono/html';

import type { Typed } from './drafts.ts';
import { besides, type Html } from './html.ts';
import { words } from './strings/words.ts';
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
  const { signIn, isKept, typed } = page;
  const t = words().signIn;
  const texts = [typed.note, typed.response, typed.decision === 'edit' ? typed.arguments : ''];
  return html`<section class="card narrow">
    <p class="eyebrow">401</p>
    <h1>${t.again}</h1>
    <p>${t.kept(page.why ?? t.notSignedIn)}</p>
    ${texts.filter(Boolean).map((text) => html`<blockquote>${visibleText(text)}</blockquote>`)}
    ${
      signIn !== null && isKept
        ? html`<p><a class="button primary" href="${signIn}">${t.comeBack}</a></p>`
        : inAnotherTab(page)
    }
  </section>`;
}

/** Without a provider to send them to, and for what is too long to be kept by the browser. */
function inAnotherTab({ approvalId, draft, csrf, signIn }: Parameters<typeof signInAgainPage>[0]): Html {
  const t = words().signIn;
  return html`<p>${signIn === null ? t.linkInOtherTab : t.otherTab(besides(signIn))}</p>
    <form method="post" action="/inbox/approvals/${approvalId}/resume">
      <input type="hidden" name="csrf" value="${csrf}" />
      <input type="hidden" name="draft" value="${draft}" />
      <button class="primary" type="submit">${t.goOn}</button>
    </form>`;
}
