import type { Store } from '../../store/store.ts';
import { KeptSchema } from './authenticated.ts';
import type { Directory } from './directory.ts';
import type { InboxSessions, OpenSession } from './session.ts';

/** Sessions in the store: one that has ended is gone at once on every gateway. */
export function createStoredSessions(
  { sessions, revocations }: Pick<Store, 'sessions' | 'revocations'>,
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

    async read(cookie, options) {
      const found = await sessions.find(cookie, options);
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

    async gone(all) {
      const alive = await sessions.aliveAmong(all.map(({ cookie }) => cookie));
      const revoked = new Map<string, Set<string>>();
      for (const tenant of new Set(all.map(({ session }) => session.tenant))) {
        const theirs = all.filter(({ session }) => session.tenant === tenant);
        const names = theirs.map(({ session }) => session.approver.id);
        revoked.set(tenant, new Set(await revocations.revokedAmong(tenant, names)));
      }
      const isOver = ({ cookie, session: { tenant, approver } }: OpenSession) =>
        !alive.has(cookie) || revoked.get(tenant)?.has(approver.id) === true;
      return new Set(all.filter(isOver));
    },

    async end({ tenant, sessionId }) {
      await sessions.end(tenant, sessionId);
    },
  };
}
