import { html } from 'hono/html';

import { toPieces, type Edges, type Piece } from '../../contracts/visible/pieces.ts';
import { mark } from '../../contracts/visible/visible.ts';
import type { Html } from './html.ts';
import { words } from './strings/words.ts';

/**
 * The text for a page, isolated from the direction and the language of what surrounds it; line breaks are kept and marked.
 *
 * @param edges - of a part of a value: which of its ends are those of the value.
 */
export function visibleText(text: string, edges: Edges = { start: true, end: true }): Html {
  return html`<bdi class="text" lang="">${toPieces(text, { edges }).map(pieceOf)}</bdi>`;
}

/** The same of a sentence of ours that has names in it: it is in the page's language. */
export function visibleWords(text: string): Html {
  return html`<bdi class="text">${toPieces(text).map(pieceOf)}</bdi>`;
}

function pieceOf(piece: Piece): Html {
  switch (piece.kind) {
    case 'text':
      return html`${piece.text}`;
    case 'break':
      return html`<span class="eol" title="${words().args.lineBreak}">↵</span>${'\n'}`;
    case 'hidden':
    case 'note':
      // Unicode's own names are English.
      return html`<span class="badge" lang="en">${mark(piece.label)}</span>`;
    default:
      return piece satisfies never;
  }
}

/** A mark for a value there is nothing to see of, such as an empty text. */
export function emptyMark(label: string): Html {
  return html`<span class="badge plain">${mark(label)}</span>`;
}
