import { html } from 'hono/html';

import { StoreUnavailableError } from '../../store/errors.ts';
import type { Notice } from '../../store/notices/rows.ts';
import type { Store } from '../../store/store.ts';
import { moment } from './deadline.ts';
import type { Html } from './html.ts';
import { visibleText } from './visible-text.ts';
import { words } from './strings/words.ts';

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
  const { title } = words().told;
  return html`<section aria-label="${title}">
    <h2>${title}</h2>
    <ul class="votes">
      ${shown.map(row)}
    </ul>
  </section>`;
}

function row({ personId, ways, kind, state, sentAt, endedAt, dueMs, error }: Notice): Html {
  const { told } = words();
  const { channel = '', address = '' } = ways[0] ?? {};
  const by =
    channel === 'teams'
      ? told.inTeams(visibleText(address))
      : told.by(visibleText(personId), visibleText(channel));
  const why = error === null ? '' : html` <span class="muted">${visibleText(error)}</span>`;
  const isReminder = kind === 'remind';
  if (state === 'sent' && sentAt !== null) {
    const at = moment(sentAt);
    return html`<li>${by}: ${isReminder ? told.reminded(at) : told.sent(at)}</li>`;
  }
  if (state === 'failed' && endedAt !== null)
    return html`<li>${by}: ${isReminder ? told.remindedOnly : told.sentOnly}${why}</li>`;
  if (state === 'failed') return html`<li>${by}: ${told.failed}${why}</li>`;
  if (state === 'unknown') return html`<li>${by}: ${told.unknown}${why}</li>`;
  return html`<li>${by}: ${told.later(moment(new Date(dueMs).toISOString()))}${why}</li>`;
}
