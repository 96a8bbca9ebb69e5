import type { Entry } from '@countersign/receipts';
import { html } from 'hono/html';

import { moment } from '../deadline.ts';
import { linkTo, type Html } from '../html.ts';
import { words } from '../strings/words.ts';
import { visibleText } from '../visible-text.ts';
import { entryWords, knownBy } from './entry-words.ts';
import { tabs } from './tabs.ts';

/** An entry, with the texts that it names and that are still kept. */
export interface ShownEntry {
  entry: Entry;
  /** By name; null once it was erased. */
  texts: Record<string, string | null>;
}

/** What there is to show of an approval in the record. */
export type RecordSeen =
  | { kind: 'entries'; entries: readonly ShownEntry[]; more: number; isSigned: boolean }
  | { kind: 'none' | 'down' | 'absent' };

/** The record of one approval: every entry in words, the receipt to take along, and how to verify it. */
export function recordPage(approvalId: string, seen: RecordSeen): Html {
  const { frame, record } = words();
  return html`<p class="back"><a href="/inbox">${frame.toInbox}</a></p>
    ${tabs(approvalId, 'record')}
    <article class="card">
      <h1>${record.title}</h1>
      ${seen.kind === 'entries' ? entriesOf(approvalId, seen) : nothing(seen.kind)}
    </article>`;
}

function entriesOf(
  approvalId: string,
  { entries, more, isSigned }: Extract<RecordSeen, { kind: 'entries' }>,
): Html {
  const tool = entries.find(({ entry }) => entry.tool !== undefined)?.entry.tool;
  const { record } = words();
  return html`<p class="lead">${record.lead(tool === undefined ? undefined : visibleText(tool))}</p>
    <ol class="entries">
      ${entries.map(row)}
    </ol>
    ${more > 0 && html`<p class="muted">${record.more(more)}</p>`} ${howToVerify(approvalId, isSigned)}`;
}

function row({ entry, texts }: ShownEntry): Html {
  const { sequence, time, digest } = entry;
  const known = knownBy(entry);
  const { record } = words();
  return html`<li class="entry ${entry.kind}">
    <p>${entryWords(entry)}</p>
    ${Object.entries(texts).map(([name, text]) =>
      text === null
        ? html`<p class="muted small">${named(record.erased, name)}</p>`
        : html`<blockquote>
            <span class="label">${named(record.texts, name)}</span> ${visibleText(text)}
          </blockquote>`,
    )}
    <p class="meta">
      ${moment(time)} <span>${record.entry(sequence)}</span>
      ${digest !== undefined && html`<code title="${digest}">${short(digest)}</code>`}
      ${known !== '' && html`<span>${known}</span>`}
    </p>
  </li>`;
}

function named(known: Record<string, string>, name: string): string {
  return known[name] ?? name;
}

function short(digest: string): string {
  return `${digest.slice(0, 'sha256:'.length + 12)}…`;
}

function howToVerify(approvalId: string, isSigned: boolean): Html {
  const { record } = words();
  const file = `${approvalId}.receipt.json`;
  return html`<section class="verify" aria-labelledby="verify">
    <h2 id="verify">${record.verify}</h2>
    <p>
      <a class="button" href="/inbox/approvals/${approvalId}/receipt" download="${file}">${record.save}</a>
    </p>
    <p>${record.holds}</p>
    <pre>npx @countersign/receipts verify ${file}${isSigned ? ' --keys keys.json' : ''}</pre>
    ${
      isSigned
        ? html`<p class="muted">${record.keys(linkTo('/.well-known/countersign/jwks.json'))}</p>`
        : html`<p class="muted">${record.unsigned}</p>`
    }
  </section>`;
}

function nothing(kind: Exclude<RecordSeen['kind'], 'entries'>): Html {
  const { record } = words();
  switch (kind) {
    case 'none':
      return html`<p>${record.none}</p>`;
    case 'down':
      return html`<p class="notice bad" role="alert">${record.down}</p>
        <p>${record.meanwhile}</p>`;
    case 'absent':
      return html`<p>${record.absent(html`<code>COUNTERSIGN_DATABASE_URL</code>`)}</p>`;
    default:
      return kind satisfies never;
  }
}
