import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';

import { SocketModeClient } from '@slack/socket-mode';

import { SILENT } from '../../notices/slack/api.ts';
import { toChannelError } from '../../notices/slack/errors.ts';
import type { Log } from '../gateway-env.ts';
import type { Answer } from './interactions.ts';

const FIRST_PAUSE_MS = 200;
const LONGEST_PAUSE_MS = 30_000;
/** Slack may take so long to close a connection. */
const CLOSE_MS = 1_000;

interface Envelope {
  body: unknown;
  ack: (response?: object) => Promise<void>;
}

/**
 * Takes clicks by Socket Mode, until the signal. Slack ends connections now and then, and then the next one is opened here: the client
 * of the library would end the process when it cannot.
 *
 * @returns when it has ended, and what it was answering is answered.
 */
export async function takeFromSocket(
  { appToken, apiUrl }: { appToken: string; apiUrl?: string | undefined },
  { answer, log, signal }: { answer: Answer; log: Log; signal: AbortSignal },
): Promise<void> {
  const answering = new Set<Promise<void>>();
  const isStopped = signal.aborted ? Promise.resolve() : once(signal, 'abort');
  const isOpen = (): boolean => !signal.aborted;
  for (let failures = 0; isOpen();) {
    let waitMs = 0;
    const client = new SocketModeClient({
      ...{ appToken, autoReconnectEnabled: false, logger: SILENT },
      clientOptions: {
        ...{ retryConfig: { retries: 0 }, rejectRateLimitedCalls: true, timeout: 15_000 },
        ...(apiUrl !== undefined && { slackApiUrl: apiUrl }),
      },
    });
    surviveUnreadable(client, log);
    client.on('interactive', (envelope: Envelope) => {
      const working = take(envelope).finally(() => answering.delete(working));
      answering.add(working);
    });
    const isOver = new Promise<void>((resolve) => client.once('disconnected', () => resolve()));
    try {
      const started = client.start();
      started.catch(() => undefined); // when the end comes first
      await Promise.race([started, isStopped]);
      if (isOpen()) log('slack.socket_open', {});
      failures = 0;
      await Promise.race([isOver, isStopped]);
    } catch (error) {
      failures += 1;
      const { message, retryAfterMs = 0 } = toChannelError(error);
      waitMs = retryAfterMs;
      if (failures === 1) log('slack.socket_unavailable', { message });
    }
    if (!isOpen()) {
      await Promise.allSettled(answering);
      await Promise.race([client.disconnect(), sleep(CLOSE_MS, null, { ref: false })]);
    } else {
      const pauseMs = Math.max(waitMs, Math.min(FIRST_PAUSE_MS * 2 ** failures, LONGEST_PAUSE_MS));
      await sleep(pauseMs, null, { signal }).catch(() => undefined); // told to stop
    }
  }

  async function take({ body, ack }: Envelope): Promise<void> {
    const requestId = randomUUID();
    try {
      const reply = await answer(body, requestId);
      await ack(reply ?? undefined);
    } catch (error) {
      log('slack.not_answered', { requestId, error: String(error) });
    }
  }
}

type Reader = (...message: unknown[]) => unknown;

/** The library rejects, heard by nobody, when a message has not the form it expects; that would end the process. */
function surviveUnreadable(client: SocketModeClient, log: Log): void {
  const readers = client.listeners('ws_message') as Reader[];
  client.removeAllListeners('ws_message');
  const survive = async (read: Reader, message: unknown[]): Promise<void> => {
    try {
      await read(...message);
    } catch (error) {
      log('slack.socket_unreadable', { error: String(error) });
    }
  };
  for (const read of readers) client.on('ws_message', (...message: unknown[]) => void survive(read, message));
}
