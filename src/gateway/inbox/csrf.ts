import { createHmac, randomUUID, timingSafeEqual } from 'node:crypto';

import type { Context } from 'hono';

import type { GatewayEnv, GatewayParts } from '../gateway-env.ts';
import { Problem } from '../problem.ts';
import { readCookie, writeCookie } from './cookies.ts';
import { words } from './strings/words.ts';

/**
 * A form counts only when it was sent from one of our own pages. Two checks, because each has a gap:
 *
 * - the browser's word (`Sec-Fetch-Site`, else `Origin`). Over plain HTTP to another machine browsers send no Sec-Fetch-Site,
 *   and under our referrer policy they send `Origin: null`, which says nothing.
 * - a token in the form that fits a cookie which is never sent across sites: the session, or before there is one a cookie of
 *   the sign-in page, so that nobody can be signed in as somebody else behind their back.
 */

const LOGIN_COOKIE = 'countersign_login';
/** As long as a draft is kept (drafts.ts). */
const LOGIN_SECONDS = 60 * 60;

/** The form token that belongs to a session id or to the sign-in page's cookie. */
export function csrfToken(sessionSecret: string, boundTo: string): string {
  return createHmac('sha256', sessionSecret).update(`form:${boundTo}`).digest('base64url');
}

/** Starts the sign-in page's own cookie and gives the token for its form. */
export function startLoginForm(c: Context<GatewayEnv>, parts: GatewayParts): string {
  return csrfToken(parts.sessionSecret, nameBrowser(c, parts));
}

/** Gives a browser that nobody is signed in with an id of its own; one that it has is kept, so that several tabs work. */
export function nameBrowser(c: Context<GatewayEnv>, parts: GatewayParts): string {
  const id = browserName(c, parts) ?? randomUUID();
  writeCookie(c, parts, { name: LOGIN_COOKIE, value: id, seconds: LOGIN_SECONDS });
  return id;
}

export function browserName(c: Context<GatewayEnv>, parts: GatewayParts): string | undefined {
  return readCookie(c, parts, LOGIN_COOKIE);
}

/** @throws Problem unless the sign-in form came from our sign-in page in this browser. */
export function checkLoginForm(c: Context<GatewayEnv>, parts: GatewayParts, form: URLSearchParams): void {
  checkForm(c, parts, form, browserName(c, parts) ?? '');
}

/** @throws Problem unless the form came from a page of ours, made for the session in `boundTo`. */
export function checkForm(
  c: Context<GatewayEnv>,
  parts: GatewayParts,
  form: URLSearchParams,
  boundTo: string,
): void {
  const wanted = Buffer.from(csrfToken(parts.sessionSecret, boundTo));
  const given = Buffer.from(form.get('csrf') ?? '');
  const fits = boundTo !== '' && given.length === wanted.length && timingSafeEqual(given, wanted);
  if (isForeign(c, parts) || !fits) throw crossSite();
}

/** Whether the browser says that a form was sent from somewhere else. */
export function isForeign(c: Context<GatewayEnv>, { publicUrl }: Pick<GatewayParts, 'publicUrl'>): boolean {
  const site = c.req.header('sec-fetch-site');
  if (site !== undefined) return site !== 'same-origin';
  const origin = c.req.header('origin');
  const own = new Set([new URL(c.req.url).host, ...(publicUrl ? [publicUrl.host] : [])]);
  return origin !== undefined && origin !== 'null' && !own.has(URL.parse(origin)?.host ?? '');
}

export function crossSite(): Problem {
  return new Problem('cross-site', words().problems.crossSite);
}
