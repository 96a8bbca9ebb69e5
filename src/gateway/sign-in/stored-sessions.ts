import type { Store } from '../../store/store.ts';
import { KeptSchema } from './authenticated.ts';
import type { Directory } from './directory.ts';
import type { InboxSessions } from './session.ts';

/** Sessions in the store: one that has ended is gone at once on every gateway. */
export function createStoredSessions(
  { sessions }: Pick<Store, 'sessions'>,
  { identify }: Directory,
): InboxSessions {
  return {
    async start({ tenant, approver, authenticated, provider }) {
      const known = await identify(tenant, approver);
      if (known.isRevoked) return null;
      const { token } = await sessions.create({
        ...{ tenant, personId: known.approver.id, details: { approver, authenticated } },
        ...(provider && { provider }),
      });
      return token;
    },

    async read(cookie) {
      const found = await sessions.find(cookie);
      if (found === null) return null;
      const { approver, authenticated } = KeptSchema.parse(found.details);
      const { id: sessionId, tenant, personId: id } = found;
      // What the directory says may have changed since they signed in.
      const known = await identify(tenant, { ...approver, id });
      if (known.isRevoked) return null;
      const { name } = known;
      return {
        ...{ sessionId, tenant, approver: known.approver, authenticated },
        ...(name !== undefined && { name }),
      };
    },

    async end({ tenant, sessionId }) {
      await sessions.end(tenant, sessionId);
    },
  };
}
