import { createServer } from 'node:http';
import { json } from 'node:stream/consumers';

import { endWithParent, tellReady } from '../../src/cli/child-process.ts';

type Body = Record<string, unknown>;
/** Takes the id in the path and the JSON of the body; what it returns is the answer. */
type Handler = (id: string, body: Body) => Promise<unknown>;

/** A small HTTP server on this machine for a worker program that has none of its own; tells the bench when it listens. */
export async function serve(port: number, handlers: Record<string, Handler>): Promise<void> {
  const server = createServer((request, response) => {
    const [, turns, id = '', ...rest] = (request.url ?? '').split('/');
    const route = [`${request.method} /${turns}/:id`, ...rest].join('/');
    const answer = (status: number, body: unknown) => {
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body ?? null));
    };
    const handler = handlers[route];
    if (handler === undefined) return answer(404, { error: `There is no ${route}.` });
    const body = request.method === 'POST' ? (json(request) as Promise<Body>) : Promise.resolve({});
    void body
      .then((read) => handler(id, read))
      .then(
        (result) => answer(200, result),
        (error: unknown) => answer(500, { error: String(error) }),
      );
  });
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  process.once('SIGTERM', () => process.exit());
  endWithParent();
  tellReady({});
}
