import { createHash } from 'node:crypto';

import type { News, TenantNews } from './news.ts';

/** A turn or an approval as it was seen. */
export interface Seen<T> {
  value: T;
  /** The same for the same value. */
  version: string;
  /** It changes no more. */
  isOver: boolean;
}

/**
 * Looks at one thing in Temporal for all who listen:
 *
 *   looking → waiting   it may still change
 *   waiting → looking   after its pause, or at once when the record has news of it
 *   looking → over      it changes no more, or is gone; everybody has heard it
 */
export interface Watcher<T> {
  /** Hears it as it is now, and whenever it has changed; null where there is none (any more). @returns what ends it. */
  listen(tenant: string, id: string, hear: (seen: Seen<T> | null) => void): () => void;
}

export interface Pause {
  /** After the first look, and after each that has seen a change. */
  firstMs: number;
  /** Each pause is half as long again as the one before, up to this. */
  mostMs: number;
}

interface Watched<T> {
  hearers: Set<(seen: Seen<T> | null) => void>;
  seen: Seen<T> | null | undefined;
  pauseMs: number;
  timer: NodeJS.Timeout | undefined;
  isLooking: boolean;
  /** The record's size at its latest news: a look may have missed those that came during it. */
  mark: string;
  unlisten: (() => void) | undefined;
}

const TROUBLED_MS = 5_000;

export function createWatcher<T>({
  read,
  told = (value) => value,
  pauseOf,
  names,
  news,
  tellsNews = false,
}: {
  read: (tenant: string, id: string) => Promise<T | null>;
  /** What of it is told: the rest may change unheard. */
  told?: (value: T) => unknown;
  /** null: it changes no more. */
  pauseOf: (value: T) => Pause | null;
  /** Which of them the news are about. */
  names: (news: News) => ReadonlySet<string> | 'all';
  news: TenantNews | null;
  /** Whatever the record has of it is told, though the value is the same. */
  tellsNews?: boolean;
}): Watcher<T> {
  const all = new Map<string, Watched<T>>();

  async function look(tenant: string, id: string, watched: Watched<T>): Promise<void> {
    clearTimeout(watched.timer);
    watched.isLooking = true;
    const { mark } = watched;
    // Where Temporal does not answer, there is nothing to tell: whoever reads it hears of that.
    const value = await read(tenant, id).catch(() => undefined);
    watched.isLooking = false;
    if (all.get(keyOf(tenant, id)) !== watched) return;
    if (value === undefined) {
      lookIn(TROUBLED_MS);
      return;
    }
    const pause = value === null ? null : pauseOf(value);
    tell(watched, value, pause);
    if (pause === null) end(tenant, id, watched);
    else lookIn(watched.mark === mark ? watched.pauseMs : 0);

    function lookIn(ms: number): void {
      if (watched.hearers.size === 0) return;
      watched.timer = setTimeout(() => void look(tenant, id, watched), ms).unref();
    }
  }

  function tell(watched: Watched<T>, value: T | null, pause: Pause | null): void {
    const { seen: before, mark } = watched;
    const version = value === null ? '' : `${hashOf(told(value))}${tellsNews ? mark : ''}`;
    const isSame = before !== undefined && (before?.version ?? '') === version;
    if (pause !== null)
      watched.pauseMs = isSame ? Math.min(watched.pauseMs * 1.5, pause.mostMs) : pause.firstMs;
    if (isSame) return;
    watched.seen = value === null ? null : { value, version, isOver: pause === null };
    for (const hear of [...watched.hearers]) hear(watched.seen);
  }

  function begin(tenant: string, id: string): Watched<T> {
    const watched: Watched<T> = {
      ...{ hearers: new Set(), seen: undefined, pauseMs: 0, timer: undefined, unlisten: undefined },
      ...{ isLooking: false, mark: '' },
    };
    all.set(keyOf(tenant, id), watched);
    void look(tenant, id, watched);
    let hasHeard = false;
    watched.unlisten = news?.listen(tenant, (heard) => {
      const about = names(heard);
      // What it hears first is how the record is, no news of it.
      const isNews = about === 'all' ? hasHeard : about.has(id);
      hasHeard = true;
      if (!isNews) return;
      watched.mark = `.${heard.size}`;
      if (!watched.isLooking) void look(tenant, id, watched);
    });
    return watched;
  }

  function end(tenant: string, id: string, watched: Watched<T>): void {
    clearTimeout(watched.timer);
    watched.unlisten?.();
    if (all.get(keyOf(tenant, id)) === watched) all.delete(keyOf(tenant, id));
  }

  return {
    listen(tenant, id, hear) {
      const watched = all.get(keyOf(tenant, id)) ?? begin(tenant, id);
      watched.hearers.add(hear);
      if (watched.seen !== undefined) hear(watched.seen);
      return () => {
        watched.hearers.delete(hear);
        if (watched.hearers.size === 0) end(tenant, id, watched);
      };
    },
  };
}

/** No tenant has a blank. */
function keyOf(tenant: string, id: string): string {
  return `${tenant} ${id}`;
}

function hashOf(value: unknown): string {
  return createHash('sha256').update(JSON.stringify(value)).digest('base64url').slice(0, 16);
}
