import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

import { createAdaptorServer } from '@hono/node-server';

import type { Gateway } from './gateway-env.ts';

/** The gateway cannot listen where it was told to; the message says what to change. */
export class ListenError extends Error {
  override readonly name = 'ListenError';
}

/** A gateway that listens. */
export interface RunningGateway {
  /** Without a trailing slash. */
  url: string;
  port: number;
  /** Takes no new connections, lets long polls answer early, and waits for requests in flight. Safe to call again. */
  close: () => Promise<void>;
}

/** Serves a gateway over HTTP. */
export async function listen(
  gateway: Gateway,
  {
    host,
    port,
    drainLimitMs,
    headersTimeoutMs = 10_000,
  }: { host: string; port: number; drainLimitMs: number; headersTimeoutMs?: number },
): Promise<RunningGateway> {
  const server = createAdaptorServer({
    fetch: gateway.app.fetch,
    overrideGlobalObjects: false,
    createServer,
    // How long a client may take to send a request; the answer may take longer.
    serverOptions: {
      requestTimeout: 30_000,
      headersTimeout: headersTimeoutMs,
      // Node looks for requests that took too long every 30 s only: hundreds of dripping heads would stay that much longer.
      connectionsCheckingInterval: 1_000,
    },
  }) as Server;
  // Longer than any long poll is silent: who takes no more of an answer must not hold it for ever.
  server.timeout = 120_000;
  await started(server, host, port);
  const address = server.address() as AddressInfo;
  const shown = address.family === 'IPv6' ? `[${address.address}]` : address.address;

  let closed: Promise<void> | undefined;
  return {
    url: `http://${shown}:${address.port}`,
    port: address.port,
    close: () => {
      gateway.drain();
      closed ??= drained(server, drainLimitMs).then(() => gateway.ended);
      return closed;
    },
  };
}

function started(server: Server, host: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) =>
      reject(new ListenError(reasonOf(error, host, port), { cause: error })),
    );
    server.listen(port, host, () => resolve());
  });
}

function reasonOf({ code, message }: NodeJS.ErrnoException, host: string, port: number): string {
  const where = `The gateway cannot listen on ${host}:${port}`;
  switch (code) {
    case 'EADDRINUSE':
      return `${where}: another process does. Stop it, or set COUNTERSIGN_GATEWAY_PORT to another port (0 takes a free one).`;
    case 'EACCES':
      return `${where}: ports below 1024 need privileges. Set COUNTERSIGN_GATEWAY_PORT to a higher one.`;
    case 'EADDRNOTAVAIL':
    case 'ENOTFOUND':
      return `${where}: the host is not an address of this machine. Set COUNTERSIGN_GATEWAY_HOST to one, such as 127.0.0.1.`;
    default:
      return `${where} (${message}). Check COUNTERSIGN_GATEWAY_HOST and COUNTERSIGN_GATEWAY_PORT.`;
  }
}

async function drained(server: Server, limitMs: number): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<undefined>();
  server.close(() => resolve(undefined));
  const timer = setTimeout(() => server.closeAllConnections(), limitMs);
  await promise;
  clearTimeout(timer);
}
