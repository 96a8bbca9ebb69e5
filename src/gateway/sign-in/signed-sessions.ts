import { SESSION_SECONDS, type InboxSessions } from './session.ts';
import { AUDIENCE, readSigned, sign, type Secret } from './signed.ts';

/** Sessions of a gateway without a store: the cookie says who is there. Signing out forgets it in this browser only. */
export function createSignedSessions(secret: Secret): InboxSessions {
  const sessions: InboxSessions = {
    start: ({ tenant, approver, authenticated }) => {
      const { by, at } = authenticated;
      if (by !== 'link') throw new Error('Without a store people sign in by links only.');
      const who = { tenant, approver, authenticated: { by, ...(at !== undefined && { at }) } };
      return sign(secret, AUDIENCE.session, who, SESSION_SECONDS);
    },
    read: async (cookie) => {
      const claims = await readSigned(secret, AUDIENCE.session, cookie);
      if (claims === null) return null;
      const { jti: sessionId, tenant, approver, authenticated = { by: 'link' } } = claims;
      return { sessionId, tenant, approver, authenticated };
    },
    async gone(all) {
      const read = await Promise.all(all.map(({ cookie }) => sessions.read(cookie)));
      return new Set(all.filter((_, index) => read[index] === null));
    },
    end: () => Promise.resolve(),
  };
  return sessions;
}
