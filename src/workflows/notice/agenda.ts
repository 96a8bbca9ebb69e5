import { condition } from '@temporalio/workflow';

/** What is to be done at which time. */
export interface Agenda {
  add(atMs: number, work: () => Promise<void>): void;
  /** Does everything at its time, side by side, until nothing is left or `isOver`. */
  run(isOver: () => boolean): Promise<void>;
  isDone(): boolean;
}

interface Item {
  atMs: number;
  work: () => Promise<void>;
}

/** One timer runs at a time: for what comes next. */
export function createAgenda(): Agenda {
  let items: Item[] = [];
  let isDone = false;
  const underWay = new Set<Promise<void>>();
  let fault: { error: unknown } | undefined;

  const nextMs = (): number => Math.min(...items.map(({ atMs }) => atMs));

  return {
    add(atMs, work) {
      // Two looks for the same are one.
      if (items.some((item) => item.atMs === atMs && item.work === work)) return;
      items.push({ atMs, work });
    },
    isDone: () => isDone,
    async run(isOver) {
      try {
        while (!isOver() && fault === undefined && (items.length > 0 || underWay.size > 0)) {
          const due = items.filter(({ atMs }) => atMs <= Date.now());
          items = items.filter((item) => !due.includes(item));
          for (const { work } of new Map(due.map((item) => [item.work, item])).values()) begin(work);
          if (due.length > 0) continue;
          const next = nextMs();
          const isWoken = (): boolean =>
            isOver() || fault !== undefined || nextMs() < next || (items.length === 0 && underWay.size === 0);
          if (Number.isFinite(next))
            await condition(isWoken, next - Date.now(), { summary: 'Until somebody is told next' });
          else await condition(() => isWoken() || items.length > 0);
        }
        if (fault !== undefined) throw fault.error;
      } finally {
        await Promise.all(underWay);
        isDone = true;
      }
    },
  };

  function begin(work: () => Promise<void>): void {
    const doing = work()
      .catch((error: unknown) => {
        fault ??= { error };
      })
      .finally(() => underWay.delete(doing));
    underWay.add(doing);
  }
}
