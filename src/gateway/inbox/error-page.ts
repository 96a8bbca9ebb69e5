import type { Context } from 'hono';
import { html } from 'hono/html';

import type { GatewayEnv } from '../gateway-env.ts';
import type { Problem } from '../problem.ts';
import { page } from './layout.ts';

const STORE_DOWN =
  'The list and who is signed in are kept there. What waits for a decision is kept elsewhere, and goes on waiting.';

/** A problem as a page. */
export function errorPage(
  c: Context<GatewayEnv>,
  { type, title, message, status, headers }: Problem,
): Promise<Response> {
  for (const [name, value] of Object.entries(headers)) c.header(name, value);
  const body = html`<section class="card narrow">
    <p class="eyebrow">${status}</p>
    <h1>${title}</h1>
    <p>${message}</p>
    ${type === 'store-unavailable' && html`<p>${STORE_DOWN}</p>`}
    <p><a href="/inbox">To the inbox</a></p>
    <p class="muted small">Request <code>${c.var.requestId}</code></p>
  </section>`;
  return page(c, { title, body, status });
}
