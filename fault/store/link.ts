import { connect, createServer, type AddressInfo, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

/** The way to a server of this machine, which can be cut: connections break in the middle, and nobody gets through until it is mended. */
export interface Link {
  port: number;
  cut(forMs: number): Promise<void>;
  close(): Promise<void>;
}

const HOST = '127.0.0.1';

export async function openLink(target: number): Promise<Link> {
  const sockets = new Set<Socket>();
  const over = new AbortController();
  let isCut = false;

  function keep(socket: Socket, other: Socket): void {
    sockets.add(socket);
    socket.on('error', () => undefined); // it closes, and so does the other
    socket.once('close', () => {
      sockets.delete(socket);
      other.destroy();
    });
  }

  const server = createServer((incoming) => {
    if (isCut) {
      incoming.on('error', () => undefined).resetAndDestroy();
      return;
    }
    const outgoing = connect(target, HOST);
    keep(incoming, outgoing);
    keep(outgoing, incoming);
    incoming.pipe(outgoing).pipe(incoming);
  });
  await new Promise<void>((resolve) => server.listen(0, HOST, resolve));

  function breakAll(): void {
    for (const socket of sockets) socket.destroy();
  }

  return {
    port: (server.address() as AddressInfo).port,
    async cut(forMs) {
      isCut = true;
      breakAll();
      await sleep(forMs, undefined, { signal: over.signal }).catch(() => undefined);
      isCut = false;
    },
    close() {
      over.abort();
      breakAll();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
}
