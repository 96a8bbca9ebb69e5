import { Hono, type Context, type MiddlewareHandler } from 'hono';
import { html } from 'hono/html';

import { limitBody } from '../../bodies/request-body.ts';
import type { GatewayEnv, GatewayParts } from '../../gateway-env.ts';
import { readCookie, writeCookie } from '../cookies.ts';
import { crossSite, isForeign } from '../csrf.ts';
import type { Html } from '../html.ts';
import { readForm } from '../read-form.ts';
import { acceptedLanguage } from './accepted.ts';
import { FALLBACK, isLanguage, LANGUAGES, type Language } from './languages.ts';
import { language, speak, words } from './words.ts';

/**
 * Which language somebody reads: what the address says, because parts of a page must be in the page's own; what they have chosen in this
 * browser; what the browser asks for; English.
 */

const COOKIE = 'countersign_language';
const QUERY = 'lang';
const YEAR_SECONDS = 365 * 24 * 60 * 60;
const FORM_BYTES = 8_192;

export function speakTheirs(parts: Pick<GatewayParts, 'publicUrl'>): MiddlewareHandler<GatewayEnv> {
  return async (c, next) => {
    await speak(languageOf(c, parts), next);
  };
}

function languageOf(c: Context<GatewayEnv>, parts: Pick<GatewayParts, 'publicUrl'>): Language {
  const chosen = [c.req.query(QUERY), readCookie(c, parts, COOKIE)].find(isLanguage);
  return chosen ?? acceptedLanguage(c.req.header('accept-language')) ?? FALLBACK;
}

/** Says which language an answer is in, and what that hangs on. */
export function sayLanguage(c: Context<GatewayEnv>): void {
  c.header('content-language', language());
  c.header('vary', 'Accept-Language, Cookie');
}

/** The address of something that belongs to a page, in the page's language whatever is chosen in another tab. */
export function inSameLanguage(address: string): string {
  return `${address}${address.includes('?') ? '&' : '?'}${QUERY}=${language()}`;
}

/** The languages, and a button for each that the page is not in. An answer to a form has none: its address shows nothing. */
export function languageForm(c: Context<GatewayEnv>): Html | '' {
  if (c.req.method !== 'GET') return '';
  const { pathname, searchParams } = new URL(c.req.url);
  searchParams.delete(QUERY);
  const to = searchParams.size === 0 ? pathname : `${pathname}?${searchParams.toString()}`;
  return html`<footer>
    <form class="language" method="post" action="/inbox/language" aria-label="${words().frame.language}">
      <input type="hidden" name="to" value="${to}" />
      ${Object.entries(LANGUAGES).map(([tag, { name }]) =>
        tag === language()
          ? html`<span class="muted" aria-current="true">${name}</span>`
          : html`<button class="quiet" type="submit" name="language" value="${tag}" lang="${tag}">
              ${name}
            </button>`,
      )}
    </form>
  </footer>`;
}

/** Keeps what somebody has chosen. It needs no session, so that who signs in can choose, too. */
export function createLanguageRoutes(parts: GatewayParts): Hono<GatewayEnv> {
  const app = new Hono<GatewayEnv>();
  app.post('/inbox/language', limitBody(FORM_BYTES), async (c) => {
    if (isForeign(c, parts)) throw crossSite();
    const form = await readForm(c.req);
    const chosen = form.get('language') ?? undefined;
    if (isLanguage(chosen))
      writeCookie(c, parts, { name: COOKIE, value: chosen, seconds: YEAR_SECONDS, sameSite: 'Lax' });
    const to = form.get('to') ?? '';
    return c.redirect(PAGE.test(to) ? to : '/inbox', 303);
  });
  return app;
}

/** A page of the inbox, and nothing of another site. */
const PAGE = /^\/inbox(?:[/?][\x21-\x5b\x5d-\x7e]*)?$/;
