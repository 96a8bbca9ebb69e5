import { html } from 'hono/html';

import { toPieces, type Edges, type Piece } from '../../contracts/visible/pieces.ts';
import { mark } from '../../contracts/visible/visible.ts';
import type { Html } from './html.ts';

/**
 * The text for a page, isolated from the direction of what surrounds it; line breaks are kept and marked.
 *
 * @param edges - of a part of a value: which of its ends are those of the value.
 */
export function visibleText(text: string, edges: Edges = { start: true, end: true }): Html {
  return html`<bdi class="text">${toPieces(text, { edges }).map(pieceOf)}</bdi>`;
}

function pieceOf(piece: Piece): Html {
  switch (piece.kind) {
    case 'text':
      return html`${piece.text}`;
    case 'break':
      return html`<span class="eol" title="line break">↵</span>${'\n'}`;
    case 'hidden':
    case 'note':
      return html`<span class="badge">${mark(piece.label)}</span>`;
    default:
      return piece satisfies never;
  }
}

/** A mark for a value there is nothing to see of, such as an empty text. */
export function emptyMark(label: string): Html {
  return html`<span class="badge plain">${mark(label)}</span>`;
}
