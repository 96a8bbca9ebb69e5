import { randomBytes } from 'node:crypto';

import type { Context } from 'hono';
import { html, raw } from 'hono/html';
import type { ContentfulStatusCode } from 'hono/utils/http-status';

import type { GatewayEnv } from '../gateway-env.ts';
import { TICKING, TIMES } from './deadline.ts';
import type { Html } from './html.ts';
import { KEYS_SCRIPT, keysButton, keysHelp } from './keys.ts';
import { languageForm, sayLanguage } from './strings/choice.ts';
import { language, words } from './strings/words.ts';
import { STYLE } from './style.ts';
import { visibleText } from './visible-text.ts';

const ICON = `data:image/svg+xml,${encodeURIComponent(
  '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32"><rect width="32" height="32" rx="8" fill="#0f6b5c"/><path d="M8 17l5 5L24 10" fill="none" stroke="#fff" stroke-width="3.5" stroke-linecap="round" stroke-linejoin="round"/></svg>',
)}`;

/**
 * Answers with a page of the inbox: one frame, and headers that let the page load nothing, run only our own script and be
 * framed by nobody.
 */
export async function page(
  c: Context<GatewayEnv>,
  {
    title,
    body,
    status = 200,
    csrf,
    script,
    isLive = false,
    hasWorker = false,
  }: {
    title: string;
    body: Html;
    status?: ContentfulStatusCode;
    csrf?: string;
    script?: Html;
    /** It asks this gateway for what is new. */
    isLive?: boolean;
    /** It registers the service worker. */
    hasWorker?: boolean;
  },
): Promise<Response> {
  const nonce = randomBytes(18).toString('base64url');
  c.header(
    'content-security-policy',
    `default-src 'none'; style-src 'nonce-${nonce}'; script-src 'nonce-${nonce}'; img-src 'self' data:; manifest-src 'self'; ${isLive ? "connect-src 'self'; " : ''}${hasWorker ? "worker-src 'self'; " : ''}form-action 'self'; base-uri 'none'; frame-ancestors 'none'`,
  );
  c.header('referrer-policy', 'no-referrer');
  c.header('cross-origin-opener-policy', 'same-origin');
  c.header('cache-control', 'no-store');
  sayLanguage(c);
  const { frame, dates, time, scripts } = words();
  const document = html`<!doctype html>
    <html lang="${language()}" data-dates="${dates}">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        <title>${title} · Countersign</title>
        <link rel="icon" href="${ICON}" />
        <link rel="manifest" href="/inbox/manifest.webmanifest" />
        <link rel="apple-touch-icon" href="/inbox/icon-180.png" />
        <meta name="theme-color" content="#0f6b5c" />
        <style nonce="${nonce}">
          ${raw(STYLE)}
        </style>
      </head>
      <body data-words="${JSON.stringify({ ...scripts, left: time.left })}">
        <a class="skip" href="#content">${frame.skip}</a>
        <header class="top">
          <a class="mark" href="/inbox"><img src="${ICON}" alt="" width="28" height="28" />Countersign</a>
          ${csrf !== undefined && signedIn(c, csrf)}
        </header>
        <main id="content">${body}</main>
        ${languageForm(c)} ${csrf !== undefined && keysHelp()}
        <script nonce="${nonce}">
          const WORDS = JSON.parse(document.body.dataset.words);
          ${TICKING};
          ${TIMES};
          ${KEYS_SCRIPT};
          ${script};
        </script>
      </body>
    </html>`;
  return c.html(document, status);
}

function signedIn(c: Context<GatewayEnv>, csrf: string): Html {
  const { approver, tenant } = c.var.session;
  const { frame } = words();
  return html`<form class="who" method="post" action="/inbox/logout">
    <input type="hidden" name="csrf" value="${csrf}" />
    <span
      ><strong>${visibleText(approver.id)}</strong> <span class="muted">${visibleText(tenant)}</span></span
    >
    ${keysButton()}
    <a href="/inbox/grants">${frame.grants}</a>
    <a href="/inbox/notifications">${frame.notifications}</a>
    <a href="/inbox/passkeys">${frame.passkeys}</a>
    <button class="quiet" type="submit">${frame.signOut}</button>
  </form>`;
}
