import type { Live } from './live.ts';
import { toldOfTurn } from './live.ts';
import type { TenantNews } from './news.ts';
import type { Listener } from './streams.ts';

/** The id of what is told last: whoever comes again with it has heard everything. */
export const OVER = 'over';

/**
 * Many that hear of a change all read the list again, so they hear of it one after the other, and of several changes at once. For each
 * listener it takes so much longer, and a listener is left alone twice as long as that.
 */
const EACH_MS = 5;
const MOST_MS = 10_000;

/** Tells that a tenant's lists have changed, and whoever comes how it is. */
export function followList(
  news: TenantNews,
  tenant: string,
  { lastId, tell }: { lastId: string | undefined; tell: Listener['tell'] },
): () => void {
  let known = lastId;
  let size: number | undefined;
  let saidAt = 0;
  let timer: NodeJS.Timeout | undefined;
  const say = (): void => {
    timer = undefined;
    const id = String(size);
    saidAt = performance.now();
    if (id !== known) tell({ id, event: 'changed', data: JSON.stringify({ size }) });
    known = id;
  };
  const unlisten = news.listen(tenant, (heard) => {
    const isFirst = size === undefined;
    ({ size } = heard);
    if (isFirst) {
      say();
      return;
    }
    const allMs = Math.min(news.listeners(tenant) * EACH_MS, MOST_MS);
    const restMs = Math.max(0, saidAt + 2 * allMs - performance.now());
    timer ??= setTimeout(say, restMs + Math.random() * allMs).unref();
  });
  return () => {
    clearTimeout(timer);
    unlisten();
  };
}

export function followTurn(
  { turns }: Pick<Live, 'turns'>,
  { tenant, turnId, lastId }: { tenant: string; turnId: string; lastId: string | undefined },
  { tell, end }: Listener,
): () => void {
  return turns.listen(tenant, turnId, (seen) => {
    if (seen !== null && seen.version !== lastId)
      tell({ id: seen.version, event: 'changed', data: JSON.stringify(toldOfTurn(seen.value)) });
    if (seen !== null && !seen.isOver) return;
    tell({ id: OVER, event: 'over', data: '{}' });
    end();
  });
}

/** Tells a page that an approval is worth reading again, until it changes no more. */
export function followApproval(
  { approvals }: Pick<Live, 'approvals'>,
  { tenant, approvalId, lastId }: { tenant: string; approvalId: string; lastId: string | undefined },
  { tell, end }: Listener,
): () => void {
  return approvals.listen(tenant, approvalId, (seen) => {
    if (seen !== null && seen.version !== lastId) tell({ id: seen.version, event: 'changed', data: '.' });
    if (seen !== null && !seen.isOver) return;
    tell({ event: 'over', data: 'settled' });
    end();
  });
}
