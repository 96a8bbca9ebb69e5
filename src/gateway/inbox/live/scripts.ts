import { html } from 'hono/html';

import { CARD } from './card-script.ts';
import { FOLLOW } from './follow-script.ts';
import { LIST } from './list-script.ts';

/** A card, or a list, that follows what happens. Everything works without it. */
export const LIVE_CARD = html`${FOLLOW}; ${CARD}`;
export const LIVE_LIST = html`${FOLLOW}; ${LIST}`;
