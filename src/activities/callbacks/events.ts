import { log } from '@temporalio/activity';
import { ApplicationFailure, ApplicationFailureCategory } from '@temporalio/common';

import { callbackTarget } from '../../contracts/webhooks/callback-hosts.ts';
import type { EventInput } from '../../contracts/events.ts';
import { sign } from '../../contracts/webhooks/signature.ts';
import type { EventEndpoint, EventOptions } from '../../notices/events/endpoints.ts';
import type { Store } from '../../store/store.ts';
import { withHeartbeat } from '../attempt.ts';
import { postChecked, type PostAnswer } from '../../notices/http/post-checked.ts';
import { failed, requireTaken } from './taken.ts';

const LIMIT_MS = 15_000;
/** To one endpoint from one worker: one that is slow takes no more of the worker's slots. */
const AT_ONCE = 20;
const BUSY_PAUSE_MS = 2_000;

/** Sends events to programs elsewhere. Attempts and pauses are Temporal's; an operator sees each failure in its UI. */
export function createEventActivities(options: EventOptions | undefined, store: Store | undefined) {
  const underWay = new Map<string, number>();
  return { deliverEvent };

  /** One attempt. 2xx is delivered, 410 ends the endpoint; anything else is tried again, after `Retry-After` if it says so. */
  async function deliverEvent({ endpoint: name, tenant, id, type, body }: EventInput): Promise<void> {
    const endpoint = options?.endpoints.find((one) => one.name === name);
    if (options === undefined || endpoint === undefined || store === undefined) {
      const remedy = 'Give every worker of the task queue the same COUNTERSIGN_EVENT_ENDPOINTS.';
      throw failed('Event.NotConfigured', `This worker has no event endpoint "${name}". ${remedy}`);
    }
    if ((await store.endpoints.ended()).some((ended) => ended.name === name)) {
      throw ApplicationFailure.nonRetryable(
        `The endpoint "${name}" has ended: it answered 410. "countersign events resume ${name}" begins again.`,
        'Event.EndpointEnded',
      );
    }
    const count = underWay.get(name) ?? 0;
    if (count >= AT_ONCE) throw busy(name);
    underWay.set(name, count + 1);
    try {
      const answer = await withHeartbeat(() => postEvent(endpoint, { id, body }, options.hosts));
      if (answer.status === 410) await end(store, name);
      requireTaken('Event', answer);
      log.info('event.delivered', { endpoint: name, tenant, id, type });
    } finally {
      underWay.set(name, (underWay.get(name) ?? 1) - 1);
    }
  }
}

/**
 * Sends an event once, signed for this endpoint.
 *
 * @throws ApplicationFailure when no answer comes, or the host may not be called.
 */
export async function postEvent(
  { name, url, secret }: EventEndpoint,
  { id, body }: Pick<EventInput, 'id' | 'body'>,
  hosts: readonly string[],
): Promise<PostAnswer> {
  const target = callbackTarget(url, hosts);
  if (!target.ok) throw failed('Event.NotAllowed', `The URL of the endpoint "${name}" ${target.message}.`);
  const timestamp = Math.floor(Date.now() / 1_000);
  const headers = {
    'content-type': 'application/json',
    'user-agent': 'countersign',
    'webhook-id': id,
    'webhook-timestamp': String(timestamp),
    'webhook-signature': sign({ secret, id, timestamp, body }),
  };
  const { mayBePrivate } = target;
  try {
    return await postChecked(target.url, { headers, body, mayBePrivate, limitMs: LIMIT_MS });
  } catch (error) {
    throw failed('Event.Unreachable', error instanceof Error ? error.message : String(error));
  }
}

async function end(store: Store, name: string): Promise<void> {
  await store.endpoints.end(name, 'It answered 410.');
  const remedy = `It gets no more events. "countersign events resume ${name}" begins again.`;
  log.error('event.endpoint_ended', { endpoint: name, remedy });
}

function busy(name: string): ApplicationFailure {
  return ApplicationFailure.create({
    type: 'Event.Busy',
    message: `${AT_ONCE} events are on their way to "${name}" from this worker.`,
    category: ApplicationFailureCategory.BENIGN,
    nextRetryDelay: BUSY_PAUSE_MS + Math.random() * BUSY_PAUSE_MS,
  });
}
