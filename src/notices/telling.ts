import type { Client } from '@temporalio/client';

import type { Audience } from '../record/heard.ts';
import type { Store } from '../store/store.ts';
import { startDispatcher, type Dispatcher, type Listener } from './dispatch.ts';
import { createNoticeListener, isHeardByNotices } from './listener.ts';
import { checkChannels, type NoticeOptions } from './notices.ts';

/** All that a worker does to have people told, beside its activities. */
export interface Telling {
  /** Hears of what the recorder writes. */
  audience: Audience;
  /** Looks at the channels, and takes what is in the outbox to those who listen, until `stop`. */
  start(client: Client): void;
  stop(): Promise<void>;
}

export function createTelling({
  store,
  notices,
  taskQueue,
  log,
}: {
  store: Pick<Store, 'outbox'>;
  notices: NoticeOptions;
  taskQueue: string;
  log: (level: 'info' | 'warn' | 'error', event: string, fields: Record<string, unknown>) => void;
}): Telling {
  let dispatcher: Dispatcher | undefined;
  return {
    audience: { hears: isHeardByNotices, nudge: () => dispatcher?.nudge() },
    start(client) {
      void checkChannels(notices.channels, (channel, problem) => {
        log('error', 'notice.channel_unusable', { channel, problem });
      });
      const listeners: Listener[] = [createNoticeListener(client, { taskQueue })];
      dispatcher = startDispatcher({
        ...{ outbox: store.outbox, listeners },
        log: (event, fields) => log('warn', event, fields),
      });
    },
    async stop() {
      await dispatcher?.stop();
      await Promise.all(notices.channels.map(async (channel) => channel.close?.()));
    },
  };
}
