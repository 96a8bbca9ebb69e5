import type { ApiKey, ApiKeys, Scope } from '../api-keys.ts';
import type { InboxSessions, OpenSession } from '../sign-in/session.ts';
import type { Guard } from './streams.ts';

/** An API key, and what it must still be allowed. */
export interface KeyTicket {
  apiKey: ApiKey;
  scope: Scope;
}

export function createKeyGuard(apiKeys: ApiKeys): Guard<KeyTicket> {
  return {
    kind: 'api',
    gone(all) {
      const standing = typeof apiKeys === 'function' ? apiKeys() : apiKeys;
      const scopes = new Map(standing.map((key) => [key.sha256, new Set(key.scopes)]));
      const gone = all.filter(({ apiKey, scope }) => scopes.get(apiKey.sha256)?.has(scope) !== true);
      return Promise.resolve(new Set(gone));
    },
  };
}

export function createSessionGuard(sessions: InboxSessions): Guard<OpenSession> {
  return { kind: 'inbox', gone: (all) => sessions.gone(all) };
}
