import type { Store } from '../../store/store.ts';

/** What has been written since the look before. */
export interface News {
  /** Of the record, now. */
  size: number;
  /** What the new entries are about; `all` where they are too many to tell, or nobody has looked before. */
  approvals: ReadonlySet<string> | 'all';
  turns: ReadonlySet<string> | 'all';
}

/** Tells of a tenant's approvals as the store knows them: one look at it for all who listen here, whichever gateway wrote. */
export interface TenantNews {
  /** Hears whenever the record has grown, and its size as it is now. @returns what ends it. */
  listen(tenant: string, hear: (news: News) => void): () => void;
  /** How many listen. */
  listeners(tenant: string): number;
}

interface Watched {
  size: number | null;
  hearers: Set<(news: News) => void>;
}

const EVERY_MS = 1_000;
const MOST_ENTRIES = 500;

export function createTenantNews({ record }: Pick<Store, 'record'>, everyMs = EVERY_MS): TenantNews {
  const tenants = new Map<string, Watched>();

  async function look(tenant: string, watched: Watched): Promise<void> {
    // A store that is down has no news; whoever reads a list is told so.
    const news = await newsSince(tenant, watched.size).catch(() => null);
    if (news !== null) {
      watched.size = news.size;
      for (const hear of [...watched.hearers]) hear(news);
    }
    if (watched.hearers.size === 0) tenants.delete(tenant);
    else setTimeout(() => void look(tenant, watched), everyMs).unref();
  }

  async function newsSince(tenant: string, known: number | null): Promise<News | null> {
    const size = await record.size(tenant);
    if (size === known) return null;
    if (known === null || size - known > MOST_ENTRIES) return { size, approvals: 'all', turns: 'all' };
    const entries = await record.entries(tenant, { from: known, to: size, limit: MOST_ENTRIES });
    return {
      size,
      approvals: new Set(entries.flatMap(({ approvalId }) => approvalId ?? [])),
      turns: new Set(entries.flatMap(({ turnId }) => turnId ?? [])),
    };
  }

  return {
    listeners: (tenant) => tenants.get(tenant)?.hearers.size ?? 0,
    listen(tenant, hear) {
      let watched = tenants.get(tenant);
      if (watched === undefined) {
        watched = { size: null, hearers: new Set([hear]) };
        tenants.set(tenant, watched);
        void look(tenant, watched);
      } else {
        watched.hearers.add(hear);
        if (watched.size !== null) hear({ size: watched.size, approvals: 'all', turns: 'all' });
      }
      const { hearers } = watched;
      return () => hearers.delete(hear);
    },
  };
}
