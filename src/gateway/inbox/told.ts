import { html } from 'hono/html';

import { StoreUnavailableError } from '../../store/errors.ts';
import type { Notice } from '../../store/notices/rows.ts';
import type { Store } from '../../store/store.ts';
import { moment } from './deadline.ts';
import type { Html } from './html.ts';
import { visibleText } from './visible-text.ts';

/** Who was told of an approval. A store that is down keeps no card from being shown. */
export async function noticesOf(store: Store | null, tenant: string, approvalId: string): Promise<Notice[]> {
  try {
    return (await store?.notices.ofApproval(tenant, approvalId)) ?? [];
  } catch (error) {
    if (error instanceof StoreUnavailableError) return [];
    throw error;
  }
}

/** Who was told by what, and what did not arrive. What was no longer needed is left out. */
export function toldSection(notices: readonly Notice[]): Html | '' {
  const shown = notices.filter(({ state }) => state !== 'dropped');
  if (shown.length === 0) return '';
  return html`<section aria-label="Who was told">
    <h2>Who was told</h2>
    <ul class="votes">
      ${shown.map(row)}
    </ul>
  </section>`;
}

function row({ personId, ways, kind, state, sentAt, endedAt, dueMs, error }: Notice): Html {
  const { channel = '', address = '' } = ways[0] ?? {};
  const by =
    channel === 'teams'
      ? html`<strong>${visibleText(address)}</strong> in Teams`
      : html`<strong>${visibleText(personId)}</strong> by ${visibleText(channel)}`;
  const again = kind === 'remind' ? 'reminded' : 'told';
  const why = error === null ? '' : html` <span class="muted">${visibleText(error)}</span>`;
  if (state === 'sent' && sentAt !== null) return html`<li>${by}: ${again} at ${moment(sentAt)}</li>`;
  if (state === 'failed' && endedAt !== null)
    return html`<li>${by}: ${again}, but not how it ended.${why}</li>`;
  if (state === 'failed') return html`<li>${by}: not delivered.${why}</li>`;
  if (state === 'unknown') return html`<li>${by}: perhaps not delivered.${why}</li>`;
  return html`<li>${by}: not delivered yet, next at ${moment(new Date(dueMs).toISOString())}.${why}</li>`;
}
