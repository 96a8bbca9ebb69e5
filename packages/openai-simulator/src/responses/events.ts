import { toSeconds, type Clock } from '../clock.ts';
import { newHexId } from '../ids.ts';
import type { StoredResponse } from './response-machine.ts';
import { signWebhook } from './webhook-signature.ts';

/** Where events are sent, and the secret ("whsec_…") that signs them. */
export interface Webhook {
  url: string;
  secret: string;
}

/** OpenAI tries for 72 hours [reported]; here it is over after some twelve seconds. */
const TRIES = 7;
const FIRST_PAUSE_MS = 100;
const ANSWER_LIMIT_MS = 5_000;

/**
 * Tells a webhook that a response in the background is over, as OpenAI does: signed by Standard Webhooks, naming the response only,
 * tried again with the same `webhook-id` until it is answered 2xx; a redirect is no such answer.
 */
export async function sendEnd(
  { url, secret }: Webhook,
  { body: { id, status } }: StoredResponse,
  clock: Clock,
  pause: (ms: number) => Promise<void>,
): Promise<void> {
  const eventId = newHexId('evt');
  const created_at = toSeconds(clock.nowMs());
  const body = JSON.stringify({
    id: eventId,
    object: 'event',
    created_at,
    type: `response.${status}`,
    data: { id },
  });
  for (let tries = 1, pauseMs = FIRST_PAUSE_MS; tries <= TRIES; tries += 1, pauseMs *= 2) {
    const timestamp = toSeconds(clock.nowMs());
    const headers = {
      'content-type': 'application/json',
      'webhook-id': eventId,
      'webhook-timestamp': String(timestamp),
      'webhook-signature': signWebhook({ secret, id: eventId, timestamp, body }),
    };
    const signal = AbortSignal.timeout(ANSWER_LIMIT_MS);
    const answer = await fetch(url, { method: 'POST', headers, body, signal, redirect: 'manual' }).catch(
      () => null, // nobody is there: it is tried again
    );
    await answer?.body?.cancel();
    if (answer?.ok) return;
    await pause(pauseMs);
  }
}
