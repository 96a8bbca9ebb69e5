import { createServer, connect, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

import { afterEach, expect, test } from 'vitest';

import { createClient } from '../../src/client.ts';
import { temporalAddress } from '../setup/temporal.ts';

const open: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of open.splice(0).reverse()) await close();
});

/**
 * Passes everything on to Temporal until it is told to keep all answers back, as a network that swallows packets does, or to end all
 * connections.
 */
async function startWay() {
  const [host = '', port = ''] = temporalAddress().split(':');
  const sockets: Socket[] = [];
  const server = createServer((socket) => {
    const upstream = connect(Number(port), host);
    sockets.push(socket, upstream);
    socket.pipe(upstream).pipe(socket);
    for (const one of [socket, upstream]) one.on('error', () => undefined);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port: ours } = server.address() as { port: number };
  open.push(() => cut());
  const swallow = () => {
    for (const socket of sockets) socket.unpipe().pause();
  };
  const cut = () => {
    server.close();
    for (const socket of sockets) socket.destroy();
  };
  return { address: `127.0.0.1:${ours}`, swallow, cut };
}

async function startClient(address: string) {
  const client = await createClient({
    connection: { address },
    ...{ namespace: 'default', taskQueue: 'deadline', updateLimitMs: 200, callLimitMs: 800 },
  });
  open.push(() => client.close());
  return client;
}

test('no call outlasts its limit while Temporal says nothing', async () => {
  const { address, swallow } = await startWay();
  const client = await startClient(address);
  expect(await client.listPending('nobody-asks', 1)).toMatchObject({ more: false });
  swallow();
  const id = 'c-1.abcdefabcdefabcdefab';
  const approver = { id: 'grace' };
  const decision = {
    approvalId: `${id}.p4x7r2d1`,
    decisionId: 'one',
    decision: 'approve',
    approver,
  } as const;
  const startedAt = performance.now();
  const calls = [
    client.listPending('acme', 1),
    client.eachPending('acme').next(),
    client.getTurn('acme', id),
    client.getTurn('acme', id, 500),
    client.getConversation('acme', 'c-1'),
    client.startTurn({ tenant: 'acme', conversationId: 'c-1', message: 'hi' }),
    client.decide('acme', { ...decision, decidedAt: new Date().toISOString(), source: 'api' }),
  ];
  const ends = await Promise.allSettled(calls);
  expect(ends.map(({ status }) => status)).toEqual(calls.map(() => 'rejected'));
  expect(performance.now() - startedAt).toBeLessThan(6_000);
});

test('a call that is to be tried again ends with its connection', async () => {
  const { address, cut } = await startWay();
  const client = await startClient(address);
  cut();
  const ended = expect(client.getTurn('acme', 'c-1.abcdefabcdefabcdefab')).rejects.toThrow();
  await sleep(300); // now most of its time goes into the pause before the next attempt
  await client.close();
  await ended;
});
