import { randomUUID } from 'node:crypto';

import { postEvent } from '../../activities/callbacks/events.ts';
import { requireTaken } from '../../activities/callbacks/taken.ts';
import type { EventEndpoint, EventOptions } from '../../notices/events/endpoints.ts';
import { say, tell } from '../output.ts';
import { CommandError } from '../run-command.ts';

/** Sends each a signed event that tells of nothing, from this machine. */
export async function sendTests({ hosts }: EventOptions, endpoints: readonly EventEndpoint[]): Promise<void> {
  const results = await Promise.all(
    endpoints.map(async (endpoint) => {
      const { name } = endpoint;
      const id = `evt_test_${randomUUID()}`;
      const data = { endpoint: name };
      const body = JSON.stringify({ type: 'endpoint.test', timestamp: new Date().toISOString(), data });
      try {
        const answer = await postEvent(endpoint, { id, body }, hosts);
        requireTaken('Event', answer);
        return { endpoint: name, id, delivered: true, why: `It answered ${answer.status}.` };
      } catch (error) {
        const why = error instanceof Error ? error.message : String(error);
        return { endpoint: name, id, delivered: false, why };
      }
    }),
  );
  tell({ results });
  for (const { endpoint, delivered, why } of results)
    say(`${endpoint}: ${delivered ? 'delivered' : 'not delivered'}. ${why}`);
  const missed = results.filter(({ delivered }) => !delivered).map(({ endpoint }) => endpoint);
  if (missed.length > 0)
    throw new CommandError(
      `Not delivered to ${missed.join(', ')}. Look at its URL, its log and its secret.`,
      {
        exit: 'failed',
      },
    );
}
