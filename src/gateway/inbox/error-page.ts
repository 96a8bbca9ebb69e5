import type { Context } from 'hono';
import { html } from 'hono/html';

import type { GatewayEnv } from '../gateway-env.ts';
import type { Problem } from '../problem.ts';
import { page } from './layout.ts';
import { words } from './strings/words.ts';

/** A problem as a page. What the inbox does not expect is told in the words of the API, which are English. */
export function errorPage(
  c: Context<GatewayEnv>,
  { type, title, message, status, headers }: Problem,
): Promise<Response> {
  const { request, toInbox, storeKeeps, titles, texts } = words().problems;
  const ours = isIn(titles, type) ? titles[type] : null;
  const text = isIn(texts, type) ? texts[type] : message;
  for (const [name, value] of Object.entries(headers)) c.header(name, value);
  const body = html`<section class="card narrow" ${ours === null ? html`lang="en"` : ''}>
    <p class="eyebrow">${status}</p>
    <h1>${ours ?? title}</h1>
    <p>${text}</p>
    ${type === 'store-unavailable' && html`<p>${storeKeeps}</p>`}
    <p><a href="/inbox">${toInbox}</a></p>
    <p class="muted small">${request} <code>${c.var.requestId}</code></p>
  </section>`;
  return page(c, { title: ours ?? title, body, status });
}

function isIn<Known extends object>(known: Known, type: PropertyKey): type is keyof Known {
  return Object.hasOwn(known, type);
}
