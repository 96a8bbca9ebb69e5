import { setTimeout as sleep } from 'node:timers/promises';

import type { TurnEnd } from '../../contracts/events.ts';
import type { Outbox } from '../../store/outbox.ts';
import { wants, type EventEndpoint } from './endpoints.ts';
import { turnEntryId, type HeardTurn } from './turn-event.ts';

/** A turn's end waits no longer for a store that does not answer. */
const SOON_MS = 1_000;
/** By then Temporal knows of it. */
const AFTER_MS = 300;

/** Puts into the outbox that a turn is about to end, before Temporal hears of it: so a worker that dies then has said it. */
export function createTurnHearer(options: {
  outbox: Pick<Outbox, 'put'>;
  endpoints: readonly EventEndpoint[];
  log: (event: string, fields: Record<string, unknown>) => void;
}): (end: TurnEnd) => Promise<void> {
  const { outbox, endpoints, log } = options;
  return async (end) => {
    const { tenant, turnId, how } = end;
    const types =
      how === 'parked' ? (['turn.parked'] as const) : (['turn.completed', 'turn.failed'] as const);
    if (!endpoints.some((endpoint) => types.some((type) => wants(endpoint, tenant, type)))) return;
    const about: HeardTurn = { turn: { ...end, at: Date.now() } };
    const news = { entryId: turnEntryId(end), approvalId: turnId, about };
    const told = outbox.put(tenant, [news], { afterMs: AFTER_MS }).catch((error: unknown) => {
      log('event.turn_not_told', { tenant, turnId, how, error: String(error) });
    });
    const isOver = new AbortController();
    const late = sleep(SOON_MS, undefined, { signal: isOver.signal }).catch(() => undefined);
    await Promise.race([told, late]);
    isOver.abort();
  };
}
