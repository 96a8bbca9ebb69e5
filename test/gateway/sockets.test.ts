import { request, type IncomingMessage } from 'node:http';
import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { gzipSync } from 'node:zlib';

import { describe, expect, it, onTestFinished } from 'vitest';

import { createWebhookSecret } from '../../src/contracts/webhooks/signature.ts';
import { listen, type RunningGateway } from '../../src/gateway/listen.ts';
import { until } from '../../src/testing/wait.ts';
import {
  APPROVAL_ID,
  createTestGateway,
  formFields,
  HINT_TOKEN,
  signedInBrowser,
  signedWebhook,
  TENANT,
  TURN_ID,
  WEBHOOK_SECRET,
} from './support.ts';

/** What only a real connection shows: how bodies come, and how slowly. */

async function serve(options: { headersTimeoutMs?: number } = {}) {
  const gateway = createTestGateway({
    openai: { webhookSecrets: [WEBHOOK_SECRET], ownerOf: () => Promise.resolve(null) },
    files: {
      upload: ({ name, size }) => Promise.resolve({ fileId: 'file-1', filename: name, bytes: size }),
      open: () => Promise.resolve(null),
    },
  });
  const at = await listen(gateway, { host: '127.0.0.1', port: 0, drainLimitMs: 100, ...options });
  onTestFinished(() => at.close());
  return { ...gateway, at };
}

interface Sent {
  path: string;
  headers: Record<string, string>;
  body: string;
}

/** Sends a request in pieces: without a content-length in chunks. */
function send(port: number, { path, headers, body }: Omit<Sent, 'body'> & { body: Buffer }) {
  const { promise, resolve, reject } = Promise.withResolvers<{ status: number; text: string }>();
  const sending = request(
    { host: '127.0.0.1', port, path, method: 'POST', headers },
    (answer: IncomingMessage) => {
      let text = '';
      answer.setEncoding('utf8').on('data', (part: string) => (text += part));
      answer.on('end', () => resolve({ status: answer.statusCode ?? 0, text })).on('error', reject);
    },
  );
  sending.on('error', reject);
  const middle = Math.floor(body.length / 2);
  const write = () => {
    sending.write(body.subarray(0, middle));
    sending.end(body.subarray(middle));
  };
  if ('expect' in headers) sending.on('continue', write).flushHeaders();
  else write();
  return promise;
}

const FORM = 'form-boundary';
type Served = Awaited<ReturnType<typeof serve>>;

const DECISION = { approvalId: APPROVAL_ID, approver: { id: 'u' }, decision: 'deny' };
const EVENT = { type: 'response.completed', data: { id: 'resp_1' } };
const CARD = `/inbox/approvals/${APPROVAL_ID}`;
const HINT = `/v1/webhooks/handover?tenant=${TENANT}&approval=${APPROVAL_ID}&token=`;
const FORM_HEADERS = { 'content-type': 'application/x-www-form-urlencoded', 'sec-fetch-site': 'same-origin' };
const DECIDE = `/v1/approvals/${APPROVAL_ID}/decision`;
const UPLOADED = `multipart/form-data; boundary=${FORM}`;
const UPLOAD = [
  ...[`--${FORM}`, 'content-disposition: form-data; name="file"; filename="a.txt"', '', 'hello'],
  ...[`--${FORM}--`, ''],
].join('\r\n');

/** Every route that takes a POST: the status with which it takes a request, and the request. */
const ROUTES: [string, number, (gateway: Served) => Sent | Promise<Sent>][] = [
  ['a turn', 202, (gateway) => withKey(gateway, '/v1/conversations/c-1/turns', { message: 'hi' })],
  ['a cancel', 200, (gateway) => withKey(gateway, `/v1/turns/${TURN_ID}/cancel`, {})],
  ['a decision', 200, (gateway) => withKey(gateway, DECIDE, { decision: 'approve' })],
  ['a request', 201, (gateway) => withKey(gateway, '/decisions', { action: 'Send it' })],
  ['an upload', 201, (gateway) => ({ ...withKey(gateway, '/v1/files', {}, UPLOADED), body: UPLOAD })],
  ['a signed webhook', 200, () => signedTo('/v1/webhooks/slack', DECISION)],
  ["an event of OpenAI's", 204, () => signedTo('/v1/webhooks/openai', EVENT)],
  ["the Handover's hint", 204, () => ({ path: HINT + HINT_TOKEN, headers: {}, body: '{"id":"d-1"}' })],
  ['the inbox: a decision', 303, (gateway) => ofInbox(gateway, `${CARD}/decision`, 'approve')],
  ['the inbox: signing out', 200, (gateway) => ofInbox(gateway, '/inbox/logout')],
  // Without the cookie of its page.
  ['the inbox: signing in', 403, () => ({ path: '/inbox/login', headers: FORM_HEADERS, body: 'token=none' })],
];

function signedTo(path: string, body: object): Sent {
  return { path, ...signedWebhook(JSON.stringify(body)) };
}

function withKey({ keys }: Served, path: string, body: unknown, type = 'application/json'): Sent {
  const headers = { authorization: `Bearer ${keys.all.key}`, 'content-type': type };
  return { path, headers, body: JSON.stringify(body) };
}

async function ofInbox(gateway: Served, path: string, decision?: string): Promise<Sent> {
  const browser = await signedInBrowser(gateway);
  const page = await (await browser.get(CARD)).text();
  const cookie = [...browser.cookies].map(([name, value]) => `${name}=${value}`).join('; ');
  const form = new URLSearchParams({ ...formFields(page, 'approve'), ...(decision && { decision }) });
  return { path, headers: { ...FORM_HEADERS, cookie }, body: form.toString() };
}

describe.each(ROUTES)('%s', (_what, status, make) => {
  it.each(['in chunks', 'when the sender waits to be asked for the body'])('is taken %s', async (how) => {
    const gateway = await serve();
    const { path, headers, body } = await make(gateway);
    const more = { expect: '100-continue', 'content-length': String(Buffer.byteLength(body)) };
    const sent = { path, headers: { ...headers, ...(how !== 'in chunks' && more) }, body: Buffer.from(body) };
    expect(await send(gateway.at.port, sent)).toMatchObject({ status });
  });

  it('is refused with words when it is compressed', async () => {
    const gateway = await serve();
    const { body, headers, path } = await make(gateway);
    const sent = { path, body: gzipSync(body), headers: { ...headers, 'content-encoding': 'gzip' } };
    expect(await send(gateway.at.port, sent)).toEqual({
      status: 415,
      text: expect.stringContaining('compressed') as string,
    });
    expect(gateway.client.changes()).toEqual([]);
  });
});

it('a body in chunks that is too large is told the limit', async () => {
  const gateway = await serve();
  const sent = withKey(gateway, '/decisions', { action: 'x'.repeat(3_000_000) });
  const answer = await send(gateway.at.port, { ...sent, body: Buffer.from(sent.body) });
  expect(answer).toMatchObject({ status: 413, text: expect.stringContaining('1,048,576') as string });
});

it.each([
  ['an unknown key', '/decisions', { authorization: 'Bearer csk_none', 'content-type': 'application/json' }],
  ['no signature', '/v1/webhooks/slack', {}],
  ['no signature, and no such source', '/v1/webhooks/teams', {}],
  ["no signature of OpenAI's", '/v1/webhooks/openai', {}],
  ['a wrong token', HINT + '0'.repeat(32), {}],
])('with %s nobody waits for the body', async (_what, path, headers) => {
  const gateway = await serve();
  const { promise, resolve, reject } = Promise.withResolvers<number>();
  const sending = request(
    { host: '127.0.0.1', port: gateway.at.port, path, method: 'POST', headers },
    (answer) => {
      resolve(answer.statusCode ?? 0);
      answer.resume();
    },
  );
  sending.on('error', reject).write('{'); // and nothing more
  expect(await promise).toBe(401);
  sending.destroy();
});

it('300 heads that never end are cut off in time', async () => {
  const gateway = await serve({ headersTimeoutMs: 1_000 });
  const sockets = [...Array(300).keys()].map(() => {
    const socket = connect(gateway.at.port, '127.0.0.1', () => socket.write('GET /healthz HTTP/1.1\r\n'));
    const drip = setInterval(() => socket.write('x'), 200);
    return socket
      .on('error', () => undefined)
      .on('close', () => clearInterval(drip))
      .resume();
  });
  const startedAt = performance.now();
  await until('all to be closed', () => sockets.every(({ closed }) => closed));
  expect(performance.now() - startedAt).toBeLessThan(8_000);
});

it('who goes on with wrong keys is answered ever later, who has a right one is not', async () => {
  const gateway = await serve();
  const ask = async (key: string) => {
    const startedAt = performance.now();
    const answer = await fetch(`${gateway.at.url}/v1/approvals`, {
      headers: { authorization: `Bearer ${key}` },
    });
    await answer.text();
    return { status: answer.status, ms: performance.now() - startedAt };
  };
  const answers = [];
  for (let count = 0; count < 30; count += 1) answers.push(await ask('csk_guessed'));
  expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([401]));
  const slowed = answers.slice(-5).map(({ ms }) => ms);
  expect(Math.min(...slowed)).toBeGreaterThan(200);
  const right = await Promise.all([...Array(5).keys()].map(() => ask(gateway.keys.all.key)));
  expect(right.map(({ status }) => status)).toEqual(right.map(() => 200));
  expect(Math.min(...right.map(({ ms }) => ms))).toBeLessThan(200);
});

describe('a signed webhook is not kept out', () => {
  const decide = ({ url }: RunningGateway) => {
    const { path, headers, body } = signedTo('/v1/webhooks/slack', DECISION);
    return fetch(`${url}${path}`, { method: 'POST', headers, body });
  };
  const forged = (body: string) => {
    const { headers } = signedWebhook(body, { secret: createWebhookSecret() });
    return { body, headers };
  };

  it('by strangers who tell of large bodies and send none', async () => {
    const { at } = await serve();
    const strangers = [...Array(12).keys()].map(() => connect(at.port, '127.0.0.1'));
    const { headers } = forged('{}');
    const head = Object.entries({ host: 'here', ...headers, 'content-length': 1_048_576 });
    for (const stranger of strangers) {
      stranger.on('error', () => undefined);
      const lines = head.map(([name, value]) => `${name}: ${value}`);
      await new Promise<void>((resolve) =>
        stranger.write(['POST /v1/webhooks/slack HTTP/1.1', ...lines, '', '{'].join('\r\n'), () => resolve()),
      );
    }
    const first = await decide(at);
    expect([first.status, (await decide(at)).status]).toEqual([200, 200]);
    for (const stranger of strangers) stranger.destroy();
  });

  it('by large bodies with wrong signatures whose answers are kept back', async () => {
    const { at } = await serve();
    const send = (body: string) =>
      fetch(`${at.url}/v1/webhooks/slack`, { method: 'POST', ...forged(body) }).then(({ status }) => status);
    await Promise.all([...Array(60).keys()].map(() => send('{}')));
    const kept = [...Array(6).keys()].map(() => send('x'.repeat(1_048_576)));
    const early = await Promise.race([...kept, sleep(500)]);
    expect(early).toBeUndefined();
    expect((await decide(at)).status).toBe(200);
    expect(new Set(await Promise.all(kept))).toEqual(new Set([401]));
  });
});
