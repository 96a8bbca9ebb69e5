import { html } from 'hono/html';

import type { Html } from '../html.ts';
import { words } from '../strings/words.ts';

/** The two pages of an approval. */
export function tabs(approvalId: string, open: 'approval' | 'record'): Html {
  const { card: t } = words();
  const card = `/inbox/approvals/${approvalId}`;
  const tab = (href: string, name: string, isOpen: boolean): Html =>
    html`<a href="${href}" ${isOpen && html`aria-current="page"`}>${name}</a>`;
  return html`<nav class="tabs" aria-label="${t.tabs}">
    ${tab(card, t.approval, open === 'approval')} ${tab(`${card}/record`, t.record, open === 'record')}
  </nav>`;
}
