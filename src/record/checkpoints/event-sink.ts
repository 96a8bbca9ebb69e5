import { hash } from 'node:crypto';

import { sign } from '../../contracts/webhooks/signature.ts';
import { reasonOf } from './reason.ts';
import type { CheckpointSink } from './sink.ts';

/**
 * Sends each checkpoint as a signed event (Standard Webhooks) of the type `record.checkpoint`. One that is sent again has the same
 * `webhook-id`. Answer 2xx; anything else, a redirect included, is tried again.
 */
export function eventSink(options: { url: string; secret: string; limitMs?: number }): CheckpointSink {
  const { url, secret, limitMs = 15_000 } = options;
  return {
    ...{ kind: 'event', place: `event:${url}` },
    async send(data, signal) {
      const id = `checkpoint_${hash('sha256', data.checkpoint).slice(0, 32)}`;
      const timestamp = Math.floor(Date.now() / 1_000);
      const body = JSON.stringify({ type: 'record.checkpoint', timestamp: data.time, data });
      const answer = await fetch(url, {
        method: 'POST',
        body,
        headers: {
          'content-type': 'application/json',
          'user-agent': 'countersign',
          'webhook-id': id,
          'webhook-timestamp': String(timestamp),
          'webhook-signature': sign({ secret, id, timestamp, body }),
        },
        redirect: 'manual',
        signal: AbortSignal.any([signal, AbortSignal.timeout(limitMs)]),
      }).catch((error: unknown) => {
        throw new Error(`${new URL(url).host} does not answer (${reasonOf(error)}).`);
      });
      await answer.body?.cancel();
      if (!answer.ok) throw new Error(`${new URL(url).host} answered ${answer.status}.`);
    },
  };
}
