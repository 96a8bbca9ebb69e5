import type { Client } from '@temporalio/client';

import type { TurnEnd } from '../contracts/events.ts';
import type { Audience } from '../record/heard.ts';
import type { Store } from '../store/store.ts';
import type { EventOptions } from './events/endpoints.ts';
import { createEventListener, isHeardBy } from './events/listener.ts';
import { createTurnHearer } from './events/hear-turns.ts';
import { startDispatcher, type Dispatcher, type Listener } from './dispatch.ts';
import { createNoticeListener, isHeardByNotices } from './listener.ts';
import { checkChannels, type NoticeOptions } from './notices.ts';

/** All that a worker does to have people and programs told, beside its activities. */
export interface Telling {
  /** Hears of what the recorder writes. */
  audience: Audience;
  /** Hears that a turn is about to end. */
  turnEnds: (end: TurnEnd) => Promise<void>;
  /** Looks at the channels, and takes what is in the outbox to those who listen, until `stop`. */
  start(client: Client): void;
  stop(): Promise<void>;
}

export function createTelling({
  store,
  notices,
  events,
  taskQueue,
  log,
}: {
  store: Pick<Store, 'outbox' | 'endpoints'>;
  notices?: NoticeOptions | undefined;
  events?: EventOptions | undefined;
  taskQueue: string;
  log: (level: 'info' | 'warn' | 'error', event: string, fields: Record<string, unknown>) => void;
}): Telling {
  let dispatcher: Dispatcher | undefined;
  const { channels = [] } = notices ?? {};
  const { endpoints = [] } = events ?? {};
  return {
    audience: {
      hears: (kind) => (notices !== undefined && isHeardByNotices(kind)) || isHeardBy(endpoints, kind),
      nudge: () => dispatcher?.nudge(),
    },
    turnEnds: createTurnHearer({
      ...{ outbox: store.outbox, endpoints },
      log: (event, fields) => log('error', event, fields),
    }),
    start(client) {
      void checkChannels(channels, (channel, problem) => {
        log('error', 'notice.channel_unusable', { channel, problem });
      });
      const listeners: Listener[] = [
        ...(notices ? [createNoticeListener(client, { taskQueue })] : []),
        ...(events ? [createEventListener(client, { endpoints, store, taskQueue })] : []),
      ];
      dispatcher = startDispatcher({
        ...{ outbox: store.outbox, listeners },
        log: (event, fields) => log('warn', event, fields),
      });
    },
    async stop() {
      await dispatcher?.stop();
      await Promise.all(channels.map(async (channel) => channel.close?.()));
    },
  };
}
