import type { Store } from '../../store/store.ts';
import { createDirectory } from './directory.ts';
import type { InboxSessions } from './session.ts';
import { createSignedSessions } from './signed-sessions.ts';
import { createStoredSessions } from './stored-sessions.ts';

export function createSessions(parts: {
  store: Store | null;
  sessionSecret: string;
  clock: () => number;
}): InboxSessions {
  const { store } = parts;
  return store === null ? createSignedSessions(parts) : createStoredSessions(store, createDirectory(store));
}
