import type { Client } from '@temporalio/client';

import type { Heard } from '../../record/heard.ts';
import type { NewEntry } from '../../store/entry.ts';
import type { Store } from '../../store/store.ts';
import type { Listener } from '../dispatch.ts';
import { wants, type EventEndpoint } from './endpoints.ts';
import { eventOf, typeOf } from './event.ts';
import { startDelivery } from './start-delivery.ts';
import { turnEventOf, type HeardTurn } from './turn-event.ts';

/** Whether one of these endpoints hears of entries of this kind. */
export function isHeardBy(endpoints: readonly EventEndpoint[], kind: NewEntry['kind']): boolean {
  const type = typeOf(kind);
  return type !== undefined && endpoints.some(({ kinds }) => kinds?.includes(type) ?? true);
}

/** Starts a delivery to each endpoint that wants the event. One that has ended gets nothing new. */
export function createEventListener(
  client: Client,
  {
    endpoints,
    store,
    taskQueue,
  }: { endpoints: readonly EventEndpoint[]; store: Pick<Store, 'endpoints'>; taskQueue: string },
): Listener {
  return async ({ tenant, about }) => {
    const heard = about as Heard | HeardTurn;
    const event = 'turn' in heard ? await turnEventOf(client, heard.turn) : eventOf(tenant, heard.entry);
    if (event === null) return;
    const wanting = endpoints.filter((endpoint) => wants(endpoint, tenant, event.type));
    if (wanting.length === 0) return;
    const ended = new Set((await store.endpoints.ended()).map(({ name }) => name));
    await Promise.all(
      wanting
        .filter(({ name }) => !ended.has(name))
        .map(({ name: endpoint }) => startDelivery(client, { endpoint, tenant, ...event }, { taskQueue })),
    );
  };
}
