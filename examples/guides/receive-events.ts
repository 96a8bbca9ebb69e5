/** A program that hears of events: examples for docs/guides/events.md. */
// #region receive
import { createServer } from 'node:http';
import { text } from 'node:stream/consumers';
import { Webhook } from 'standardwebhooks';

export function createReceiver(secret: string, hear: (event: unknown) => void) {
  const seen = new Set<string>(); // in a real program: a table
  return createServer((request, response) => {
    void text(request)
      .then((body) => {
        const headers = request.headers as Record<string, string>;
        const event = new Webhook(secret).verify(body, headers); // throws for a stranger's
        if (!seen.has(headers['webhook-id'] ?? '')) hear(event);
        seen.add(headers['webhook-id'] ?? '');
        response.writeHead(204).end();
      })
      .catch(() => response.writeHead(400).end());
  });
}
// #endregion receive
