import type { html } from 'hono/html';

/** A piece of a page: escaped, and safe to put into another piece. */
export type Html = ReturnType<typeof html>;
