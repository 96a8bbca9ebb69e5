import { html } from 'hono/html';

/** A piece of a page: escaped, and safe to put into another piece. */
export type Html = ReturnType<typeof html>;

/** Makes a link to an address of the words that a sentence has for it. */
export function linkTo(address: string): (words: string) => Html {
  return (words) => html`<a href="${address}">${words}</a>`;
}

/** The same, to be opened beside the page. */
export function besides(address: string): (words: string) => Html {
  return (words) => html`<a href="${address}" target="_blank">${words}</a>`;
}
