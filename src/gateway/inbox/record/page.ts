import type { Entry } from '@countersign/receipts';
import { html } from 'hono/html';

import { moment } from '../deadline.ts';
import type { Html } from '../html.ts';
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
  return html`<p class="back"><a href="/inbox">Back to the inbox</a></p>
    ${tabs(approvalId, 'record')}
    <article class="card">
      <h1>Record</h1>
      ${seen.kind === 'entries' ? entriesOf(approvalId, seen) : nothing(seen.kind)}
    </article>`;
}

function entriesOf(
  approvalId: string,
  { entries, more, isSigned }: Extract<RecordSeen, { kind: 'entries' }>,
): Html {
  const tool = entries.find(({ entry }) => entry.tool !== undefined)?.entry.tool;
  return html`<p class="lead">
      What happened to ${tool === undefined ? 'this approval' : visibleText(tool)}, step by step, as the
      record keeps it.
    </p>
    <ol class="entries">
      ${entries.map(row)}
    </ol>
    ${more > 0 && html`<p class="muted">And ${more} more. The receipt has them all.</p>`}
    ${howToVerify(approvalId, isSigned)}`;
}

function row({ entry, texts }: ShownEntry): Html {
  const { sequence, time, digest } = entry;
  const known = knownBy(entry);
  return html`<li class="entry ${entry.kind}">
    <p>${entryWords(entry)}</p>
    ${Object.entries(texts).map(([name, text]) =>
      text === null
        ? html`<p class="muted small">The ${name} was erased.</p>`
        : html`<blockquote>
            <span class="label">${LABELS[name] ?? name}</span> ${visibleText(text)}
          </blockquote>`,
    )}
    <p class="meta">
      ${moment(time)} <span>entry ${sequence}</span>
      ${digest !== undefined && html`<code title="${digest}">${short(digest)}</code>`}
      ${known !== '' && html`<span>${known}</span>`}
    </p>
  </li>`;
}

const LABELS: Record<string, string> = {
  reason: 'Why a person is asked',
  note: 'Note',
  response: 'Answer given',
  output: 'What came of it',
};

function short(digest: string): string {
  return `${digest.slice(0, 'sha256:'.length + 12)}…`;
}

function howToVerify(approvalId: string, isSigned: boolean): Html {
  const file = `${approvalId}.receipt.json`;
  return html`<section class="verify" aria-labelledby="verify">
    <h2 id="verify">Verify it</h2>
    <p>
      <a class="button" href="/inbox/approvals/${approvalId}/receipt" download="${file}">Save the receipt</a>
    </p>
    <p>
      It holds these entries, each with a proof that it is in the record. Anybody can check it on any machine,
      without a network:
    </p>
    <pre>npx @countersign/receipts verify ${file}${isSigned ? ' --keys keys.json' : ''}</pre>
    ${
      isSigned
        ? html`<p class="muted">
            <code>keys.json</code> holds the <a href="/.well-known/countersign/jwks.json">public keys</a> of
            this installation. Have them from somebody you trust, not from whoever gives you the receipt.
          </p>`
        : html`<p class="muted">
            This gateway has no signing key. The receipt shows damage, and not who wrote it.
          </p>`
    }
  </section>`;
}

function nothing(kind: Exclude<RecordSeen['kind'], 'entries'>): Html {
  switch (kind) {
    case 'none':
      return html`<p>
        The record has no entry of this approval yet. It may follow: entries are written as soon as the store
        answers.
      </p>`;
    case 'down':
      return html`<p class="notice bad" role="alert">
          The store cannot be used now, so the record cannot be shown. Nothing is lost. Try again in a moment.
        </p>
        <p>The approval itself can be read and decided meanwhile.</p>`;
    case 'absent':
      return html`<p>
        This gateway keeps no record, so nothing proves later who decided. Whoever runs it gives gateway and
        workers a store with <code>COUNTERSIGN_DATABASE_URL</code>.
      </p>`;
    default:
      return kind satisfies never;
  }
}
