import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A request as the server behind would get it. */
interface Asked {
  method: string;
  path: string;
  /** Its `Idempotency-Key`. */
  key?: string;
}

/** An answer of the proxy's own, or of the server behind. */
export interface Answered {
  status: number;
  body: unknown;
}

/** Says what is answered: the server behind is asked only by `forward`. Undefined leaves the request alone. */
export type Rule = (asked: Asked, forward: () => Promise<Answered>) => Promise<Answered> | undefined;

/** Rewrites what goes to the server behind, path and body, and what comes back. */
interface Translation {
  toServer: (text: string) => string;
  /** What the server behind has taken, as it was rewritten. */
  taken?: (text: string) => void;
  toClient: (text: string) => string;
}

const AS_IT_IS: Translation = { toServer: (text) => text, toClient: (text) => text };

/** Stands before a simulator and changes some of its answers, as no profile or fault of it does. The latest rule goes first. */
export async function startProxy({ toServer, taken, toClient }: Translation = AS_IT_IS) {
  let target: string | undefined;
  const rules: Rule[] = [];
  const server: Server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const key = request.headers['idempotency-key'];
      const asked = {
        ...{ method: request.method ?? '', path: request.url ?? '' },
        ...(typeof key === 'string' && { key }),
      };
      const headers = new Headers();
      for (const name of ['authorization', 'content-type', 'openai-beta', 'idempotency-key']) {
        const value = request.headers[name];
        if (typeof value === 'string') headers.set(name, value);
      }
      const forward = async (): Promise<Answered> => {
        const body = chunks.length > 0 ? toServer(Buffer.concat(chunks).toString()) : undefined;
        const answer = await fetch(new URL(toServer(asked.path), target), {
          ...{ method: asked.method, headers },
          ...(body !== undefined && { body }),
        });
        if (answer.ok && body !== undefined) taken?.(body);
        const text = toClient(await answer.text());
        return { status: answer.status, body: text === '' ? {} : JSON.parse(text) };
      };
      const answer = rules.reduce<Promise<Answered> | undefined>(
        (found, rule) => found ?? rule(asked, forward),
        undefined,
      );
      void (answer ?? forward()).then(({ status, body }) => {
        const isPage = typeof body === 'string';
        response.writeHead(status, { 'content-type': isPage ? 'text/html' : 'application/json' });
        response.end(isPage ? body : JSON.stringify(body));
      });
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}/v1`,
    /** @param url - of the simulator. */
    standBefore(url: string) {
      target = url;
    },
    add(rule: Rule) {
      rules.unshift(rule);
    },
    clear() {
      rules.length = 0;
    },
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
