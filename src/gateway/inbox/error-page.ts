import type { Context } from 'hono';
import { html } from 'hono/html';

import type { GatewayEnv } from '../gateway-env.ts';
import type { Problem } from '../problem.ts';
import { page } from './layout.ts';

/** A problem as a page. */
export function errorPage(
  c: Context<GatewayEnv>,
  { title, message, status, headers }: Problem,
): Promise<Response> {
  for (const [name, value] of Object.entries(headers)) c.header(name, value);
  const body = html`<section class="card narrow">
    <p class="eyebrow">${status}</p>
    <h1>${title}</h1>
    <p>${message}</p>
    <p><a href="/inbox">To the inbox</a></p>
    <p class="muted small">Request <code>${c.var.requestId}</code></p>
  </section>`;
  return page(c, { title, body, status });
}
