import { connect, createServer, type AddressInfo, type Server } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';

export const HOST = '127.0.0.1';

const POLL_MS = 100;

/**
 * A port nobody listens on. On Linux ports are handed out at random and could come again at once, so the port is used for
 * one connection closed from this side: it rests in TIME_WAIT, where it can be bound but is given to nobody who asks for any
 * port (the way Temporal's SDKs do it).
 */
export async function freePort(): Promise<number> {
  const server = await listen(0);
  const { port } = server.address() as AddressInfo;
  if (process.platform === 'linux') {
    await new Promise<void>((resolve, reject) => {
      server.once('connection', (socket) => socket.end());
      connect(port, HOST).once('error', reject).once('close', resolve).resume();
    });
  }
  await close(server);
  return port;
}

/** Waits up to `withinMs` for a port to become free: a server whose parent was killed needs a moment to end. */
export async function becomesFree(port: number, withinMs: number, onWait: () => void): Promise<boolean> {
  const giveUpAt = Date.now() + withinMs;
  for (let first = true; ; first = false) {
    try {
      await close(await listen(port));
      return true;
    } catch (error) {
      if (!(error instanceof Error && 'code' in error && error.code === 'EADDRINUSE')) throw error;
    }
    if (first) onWait();
    if (Date.now() >= giveUpAt) return false;
    await delay(POLL_MS);
  }
}

function listen(port: number): Promise<Server> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(port, HOST, () => resolve(server));
  });
}

function close(server: Server): Promise<void> {
  return new Promise((resolve) => server.close(() => resolve()));
}
