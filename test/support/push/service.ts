import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

import { PushApiModel } from 'web-push-testing/src/PushApiModel.js';

/** How the push service answers once. 0: not at all. */
export interface PushAnswer {
  status: number;
  headers?: Record<string, string>;
}

export interface Pushed {
  device: string;
  ttl: number;
  topic: string | undefined;
  urgency: string | undefined;
  bytes: number;
  payload: { title: string; body: string; tag: string; path: string; isSilent: boolean };
}

/**
 * Plays a push service. web-push-testing judges the signature and decrypts, as a browser would; what RFC 8030 says of sizes, topics and
 * times to live is judged here.
 */
export async function startPushService() {
  const model = new PushApiModel();
  const pushed: Pushed[] = [];
  const refused: string[] = [];
  /** By device. */
  const answers = new Map<string, PushAnswer>();
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const device = request.url?.replace('/notify/', '') ?? '';
      const planned = answers.get(device);
      if (planned?.status === 0) return;
      if (planned !== undefined) {
        response.writeHead(planned.status, planned.headers).end();
        return;
      }
      const body = Buffer.concat(chunks);
      const { ttl = '', topic, urgency, authorization, 'content-encoding': encoding = '' } = request.headers;
      const problem =
        request.method !== 'POST' || !/^\d+$/.test(String(ttl)) || Number(ttl) > 2_419_200
          ? 'ttl'
          : !/^[\w-]{1,32}$/.test(String(topic))
            ? 'topic'
            : !['very-low', 'low', 'normal', 'high'].includes(String(urgency))
              ? 'urgency'
              : body.length > 4_096
                ? 'size'
                : encoding !== 'aes128gcm'
                  ? 'encoding'
                  : null;
      if (problem !== null) {
        refused.push(problem);
        response.writeHead(400).end(problem);
        return;
      }
      model
        .handleNotification(device, { encoding, authorization, ttl: String(ttl) }, body)
        .then(() => {
          const text = model.messages[device]?.at(-1) ?? '';
          pushed.push({
            ...{ device, ttl: Number(ttl), topic: String(topic), urgency: String(urgency) },
            ...{ bytes: body.length, payload: JSON.parse(text) as Pushed['payload'] },
          });
          response.writeHead(201).end();
        })
        .catch((error: unknown) => {
          refused.push(String(error));
          response.writeHead(400).end();
        });
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  model.notifyUrl = `http://127.0.0.1:${port}/notify/`;
  return {
    ...{ pushed, refused, answers, host: `127.0.0.1:${port}` },
    /** A browser takes notifications of whoever has the private key. */
    async subscribe(applicationServerKey: string) {
      const { endpoint, keys, clientHash } = await model.subscribe({
        ...{ userVisibleOnly: 'true', applicationServerKey },
      });
      const plain = (text: string) => Buffer.from(text, 'base64').toString('base64url');
      return { device: clientHash, endpoint, keys: { p256dh: plain(keys.p256dh), auth: plain(keys.auth) } };
    },
    close: () => {
      server.closeAllConnections();
      return new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}
