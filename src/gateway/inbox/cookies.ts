import type { Context } from 'hono';
import { deleteCookie, getCookie, setCookie } from 'hono/cookie';

import type { GatewayEnv, GatewayParts } from '../gateway-env.ts';

/**
 * Cookies of the inbox: out of reach of scripts and of other sites. Where people reach the inbox by HTTPS they are named `__Host-…`,
 * which a browser takes from this host alone, over HTTPS alone: no page of a sibling domain can plant a session. Such a cookie must be
 * for every path.
 */

type Parts = Pick<GatewayParts, 'publicUrl'>;

export function readCookie(c: Context<GatewayEnv>, parts: Parts, name: string): string | undefined {
  return getCookie(c, name, prefixOf(c, parts));
}

export function writeCookie(
  c: Context<GatewayEnv>,
  parts: Parts,
  {
    name,
    value,
    seconds,
    sameSite = 'Strict',
  }: { name: string; value: string; seconds: number; sameSite?: 'Strict' | 'Lax' },
): void {
  setCookie(c, name, value, { ...optionsOf(c, parts), sameSite, maxAge: seconds });
}

export function dropCookie(c: Context<GatewayEnv>, parts: Parts, name: string): void {
  deleteCookie(c, name, optionsOf(c, parts));
}

function optionsOf(c: Context<GatewayEnv>, parts: Parts) {
  const common = { httpOnly: true, sameSite: 'Strict' } as const;
  return prefixOf(c, parts) === 'host'
    ? ({ ...common, prefix: 'host', path: '/', secure: true } as const)
    : ({ ...common, path: '/inbox' } as const);
}

function prefixOf(c: Context<GatewayEnv>, { publicUrl }: Parts): 'host' | undefined {
  const protocols = [publicUrl?.protocol, new URL(c.req.url).protocol, c.req.header('x-forwarded-proto')];
  return protocols.some((protocol) => protocol === 'https:' || protocol === 'https') ? 'host' : undefined;
}
