import type { AddressInfo } from 'node:net';
import { createServer, type Server } from 'node:http';

import { getRequestListener } from '@hono/node-server';
import type { Hono } from 'hono';

import { SimulatorError } from './simulator-error.ts';
import type { SimulatorEnv } from './http/environment.ts';

export interface Listening {
  port: number;
  /** Stops listening and closes every connection. */
  close(): Promise<void>;
}

/** @throws SimulatorError naming the port and the remedy, when the port is taken or may not be used. */
export async function listen(app: Hono<SimulatorEnv>, host: string, port: number): Promise<Listening> {
  const listener = getRequestListener(app.fetch, { overrideGlobalObjects: false });
  const server = createServer((incoming, outgoing) => void listener(incoming, outgoing));
  await opened(server, host, port);
  return {
    port: (server.address() as AddressInfo).port,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function opened(server: Server, host: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', (cause: NodeJS.ErrnoException) => {
      reject(
        new SimulatorError(`${reason(cause, host, port)} Use another port, or 0 for a free one.`, { cause }),
      );
    });
    server.listen(port, host, resolve);
  });
}

function reason({ code, message }: NodeJS.ErrnoException, host: string, port: number): string {
  if (code === 'EADDRINUSE') return `The simulator cannot listen on ${host}:${port}: the port is in use.`;
  if (code === 'EACCES') return `The simulator may not listen on ${host}:${port}.`;
  return `The simulator cannot listen on ${host}:${port} (${message}).`;
}
