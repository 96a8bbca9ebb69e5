import { createHash, createHmac } from 'node:crypto';

import { expect, test } from 'vitest';

import { slackSignature } from '../../../src/gateway/slack/signature.ts';
import { spoofStage } from './stage.ts';
import { signedRequest, SIGNING_SECRET, submitted, TOKEN } from '../../support/slack/server.ts';

/**
 * Requests to Slack’s route that Slack has not made: not one settles anything. More forgeries of its signature are in slack.test.ts. The last
 * test decides by the same request, unaltered, so that none of these was refused for another reason.
 */

const stage = spoofStage();
const { send, statusOf, nothingIsDecided } = stage;

type Request = ReturnType<typeof signedRequest>;
type Alter = (good: Request, nowMs: number) => Promise<Response>;
const seconds = (nowMs: number) => String(Math.floor(nowMs / 1_000));
const hmac = (key: string, text: string, by = 'sha256') => createHmac(by, key).update(text).digest('hex');
/** Of the same body, with this signature. */
const signature =
  (make: (good: Request, nowMs: number) => string): Alter =>
  (good, nowMs) =>
    send({ ...good, headers: { ...good.headers, 'x-slack-signature': make(good, nowMs) } });
/** Signed for the time that it names. */
const at =
  (make: (nowMs: number) => string): Alter =>
  ({ headers, body }, nowMs) => {
    const timestamp = make(nowMs);
    const signed = slackSignature(SIGNING_SECRET, timestamp, body);
    return send({
      body,
      headers: { ...headers, 'x-slack-request-timestamp': timestamp, 'x-slack-signature': signed },
    });
  };
/** Signed, and of another form. */
const body =
  (make: (payload: string) => string, type = 'application/x-www-form-urlencoded'): Alter =>
  (good, nowMs) => {
    const text = make(new URLSearchParams(good.body).get('payload') ?? '');
    const timestamp = seconds(nowMs);
    return send({
      body: text,
      headers: {
        'content-type': type,
        'x-slack-request-timestamp': timestamp,
        'x-slack-signature': slackSignature(SIGNING_SECRET, timestamp, text),
      },
    });
  };
const unsigned = { 'content-type': 'application/x-www-form-urlencoded' };
const by =
  (method: string): Alter =>
  ({ headers, body: text }) =>
    fetch(`${stage.gateway.url}/slack/interactions`, {
      method,
      headers,
      ...(method !== 'GET' && { body: text }),
    });

const REQUESTS: [string, Alter, number][] = [
  ['a signature in capitals', signature(({ headers }) => headers['x-slack-signature']!.toUpperCase()), 401],
  [
    'a wrong signature and a right one',
    signature((good) => `v0=${'0'.repeat(64)}, ${good.headers['x-slack-signature']!}`),
    401,
  ],
  [
    'a right signature and a wrong one',
    signature((good) => `${good.headers['x-slack-signature']!}, v0=${'0'.repeat(64)}`),
    401,
  ],
  ['a signature of nothing but its version', signature(() => 'v0='), 401],
  ['an empty signature', signature(() => ''), 401],
  ['a signature without its version', signature((good) => good.headers['x-slack-signature']!.slice(3)), 401],
  [
    'a signature with something at its end',
    signature((good) => `${good.headers['x-slack-signature']!}00`),
    401,
  ],
  [
    'a signature in base64',
    signature(
      (good, now) =>
        `v0=${createHmac('sha256', SIGNING_SECRET)
          .update(`v0:${seconds(now)}:${good.body}`)
          .digest('base64')}`,
    ),
    401,
  ],
  [
    'a signature by SHA-1',
    signature((good, now) => `v0=${hmac(SIGNING_SECRET, `v0:${seconds(now)}:${good.body}`, 'sha1')}`),
    401,
  ],
  [
    'a digest that no secret made',
    signature(
      (good, now) =>
        `v0=${createHash('sha256')
          .update(`v0:${seconds(now)}:${good.body}`)
          .digest('hex')}`,
    ),
    401,
  ],
  [
    'a signature of the body without its time',
    signature((good) => `v0=${hmac(SIGNING_SECRET, `v0::${good.body}`)}`),
    401,
  ],
  [
    'a signature of the time without the body',
    signature((_, now) => `v0=${hmac(SIGNING_SECRET, `v0:${seconds(now)}:`)}`),
    401,
  ],
  [
    'a signature of the decoded payload',
    signature(
      (good, now) => `v0=${hmac(SIGNING_SECRET, `v0:${seconds(now)}:${decodeURIComponent(good.body)}`)}`,
    ),
    401,
  ],
  [
    'a signature by an empty secret',
    signature((good, now) => slackSignature('', seconds(now), good.body)),
    401,
  ],
  [
    'a signature by the token of the bot',
    signature((good, now) => slackSignature(TOKEN, seconds(now), good.body)),
    401,
  ],
  [
    'the token that Slack once sent in the body',
    ({ body: text }) => send({ headers: unsigned, body: `${text}&token=${SIGNING_SECRET}` }),
    401,
  ],
  [
    'a signature in the address',
    ({ headers, body: text }) =>
      send(
        { headers: unsigned, body: text },
        `/slack/interactions?${new URLSearchParams(headers).toString()}`,
      ),
    401,
  ],
  [
    'the key of an API in place of a signature',
    ({ body: text }) =>
      send({ headers: { ...unsigned, authorization: `Bearer ${stage.gate.gateway.apiKey}` }, body: text }),
    401,
  ],
  ['a time in milliseconds', at(String), 401],
  ['a time with a sign', at((now) => `+${seconds(now)}`), 401],
  ['a time before 1970', at((now) => `-${seconds(now)}`), 401],
  ['a time with a zero before it', at((now) => `0${seconds(now)}`), 401],
  ['a time in hexadecimal', at((now) => `0x${Math.floor(now / 1_000).toString(16)}`), 401],
  ['a time with an exponent', at((now) => `${seconds(now)}e0`), 401],
  ['two times', at((now) => `${seconds(now)}, ${seconds(now)}`), 401],
  ['a time of five minutes and a second ago', at((now) => seconds(now - 302_000)), 401],
  ['a signed body as JSON', body((payload) => payload, 'application/json'), 400],
  [
    'a signed body in parts',
    body(
      (payload) => `--x\r\ncontent-disposition: form-data; name="payload"\r\n\r\n${payload}\r\n--x--`,
      'multipart/form-data; boundary=x',
    ),
    400,
  ],
  ['a signed body that is empty', body(() => ''), 400],
  ['a signed payload that is no JSON', body(() => 'payload=%7Bapprove'), 400],
  [
    'a signed payload under another name',
    body((payload) => new URLSearchParams({ Payload: payload }).toString()),
    400,
  ],
  [
    'a signed body that is larger than any',
    body((payload) => new URLSearchParams({ payload, more: 'x'.repeat(1_100_000) }).toString()),
    413,
  ],
  ['a GET', by('GET'), 405],
  ['a PUT', by('PUT'), 405],
  [
    'a GET that says it is a POST',
    ({ headers }) =>
      fetch(`${stage.gateway.url}/slack/interactions`, {
        headers: { ...headers, 'x-http-method-override': 'POST' },
      }),
    405,
  ],
  ['another address', (good) => send(good, '/v1/slack/interactions'), 404],
];

test.for(REQUESTS)('decides nothing by Slack’s route: %s', async ([, alter, status]) => {
  const nowMs = stage.gate.now();
  const good = signedRequest(submitted(stage.view, { user: 'U0GRACE' }), { nowMs });
  expect((await alter(good, nowMs)).status).toBe(status);
  await nothingIsDecided();
});

test('the same request decides when Slack has made it', async () => {
  expect(
    (await send(signedRequest(submitted(stage.view, { user: 'U0GRACE' }), { nowMs: stage.gate.now() })))
      .status,
  ).toBe(200);
  await expect.poll(() => statusOf(stage.asked)).toBe('approved');
  expect(REQUESTS.length).toBeGreaterThanOrEqual(36);
});
