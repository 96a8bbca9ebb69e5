import { createHash } from 'node:crypto';

import { html } from 'hono/html';

import { linkTo, type Html } from '../html.ts';
import { inSameLanguage } from '../strings/choice.ts';
import { words as ours } from '../strings/words.ts';

/**
 * A part of a page that is brought up to date in place (live/script.ts).
 *
 * @param options.isKept - it holds what somebody typed, so it stays as it is.
 */
export function region(name: string, content: unknown, { isKept = false } = {}): Html {
  return html`<div id="live-${name}" data-live ${isKept ? html`data-kept` : ''}>${content}</div>`;
}

/** Where a page hears of news, and reads its parts again. */
export interface LivePage {
  /** The stream of events. */
  events: string;
  /** The parts as they are now. */
  parts: string;
  /** What the parts of this page were made of. */
  etag: string;
  /** How often the stream says that it is there. */
  beatMs: number;
}

/** Holds the live parts of a page, and says what the script needs. Without scripts it is nothing. */
export function liveParts(
  { events, parts, etag, beatMs }: LivePage,
  { words, title = '' }: { words: string; title?: string },
  content: Html,
): Html {
  const t = ours();
  return html`<div
    id="live"
    data-events="${events}"
    data-parts="${inSameLanguage(parts)}"
    data-etag="${etag}"
    data-beat-ms="${beatMs}"
    data-words="${words}"
    data-title="${title}"
  >
    <p class="notice bad" id="live-signed-out" hidden>${t.live.signedOut(linkTo(''))}</p>
    <p class="notice bad" id="live-not-found" hidden>${t.live.notFound(linkTo(''))}</p>
    ${content}
  </div>`;
}

/** Names what a page is made of. What goes by with time alone is not part of it. */
export function etagOf(...made: unknown[]): string {
  const digest = createHash('sha256').update(JSON.stringify(made)).digest('base64url');
  return `"${digest.slice(0, 22)}"`;
}
