import type { MiddlewareHandler } from 'hono';

import type { Approver } from '../contracts/approval/decision.ts';
import { findApiKey, type ApiKey, type ApiKeys, type Scope } from './api-keys.ts';
import type { GatewayEnv } from './gateway-env.ts';
import { Problem } from './problem.ts';

const BEARER = /^Bearer +([A-Za-z0-9_.~+/-]{1,512}=*)$/i;

/** Lets through requests whose API key has the scope, and leaves the key's entry in `c.var.apiKey`. */
export function requireScope(apiKeys: ApiKeys, scope: Scope): MiddlewareHandler<GatewayEnv> {
  return async (c, next) => {
    const header = c.req.header('authorization');
    if (header === undefined) {
      throw unauthorized('Send an API key: "Authorization: Bearer csk_…".', 'Bearer realm="countersign"');
    }
    const presented = BEARER.exec(header)?.[1];
    const apiKey = presented === undefined ? undefined : findApiKey(apiKeys, presented);
    if (apiKey === undefined) {
      throw unauthorized(
        'The API key is unknown. Send "Authorization: Bearer csk_…" with a key of COUNTERSIGN_API_KEYS.',
        'Bearer realm="countersign", error="invalid_token"',
      );
    }
    c.set('apiKey', apiKey);
    if (!apiKey.scopes.includes(scope)) {
      throw new Problem('missing-scope', `This needs an API key with the scope "${scope}".`, {
        members: { scope },
        headers: {
          'www-authenticate': `Bearer realm="countersign", error="insufficient_scope", scope="${scope}"`,
        },
      });
    }
    await next();
  };
}

/** Who asks or decides with an API key: the person it is bound to, or else the key. One person's keys are one voter. */
export function holderOf({ name, person }: ApiKey): string {
  return person ?? name;
}

/** Who decides when a decision comes with an API key: the credential says it, never the body. */
export function approverOf(apiKey: ApiKey): Approver {
  return { id: holderOf(apiKey), ...(apiKey.groups && { groups: apiKey.groups }) };
}

function unauthorized(detail: string, challenge: string): Problem {
  return new Problem('unauthorized', detail, { headers: { 'www-authenticate': challenge } });
}
