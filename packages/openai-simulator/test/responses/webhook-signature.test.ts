import { randomBytes } from 'node:crypto';

import OpenAI from 'openai';
import { describe, expect, test } from 'vitest';

import { isWebhookSecret, signWebhook } from '../../src/responses/webhook-signature.ts';

const secretOf = (bytes: number) => `whsec_${randomBytes(bytes).toString('base64')}`;

test('the example of Standard Webhooks is signed as there', () => {
  const signature = signWebhook({
    secret: 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw',
    id: 'msg_p5jXN8AQM9LWM0D4loKWxJek',
    timestamp: 1614265330,
    body: '{"test": 2432232314}',
  });
  expect(signature).toBe('v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=');
});

test("OpenAI's own client takes what is signed, and nothing that was changed", async () => {
  const secret = secretOf(32);
  const { webhooks } = new OpenAI({ apiKey: 'any', webhookSecret: secret });
  const timestamp = Math.floor(Date.now() / 1_000);
  const body = JSON.stringify({ type: 'response.completed', data: { id: 'resp_1' }, text: 'é 表 😀' });
  const headers = {
    'webhook-id': 'evt_1',
    'webhook-timestamp': String(timestamp),
    'webhook-signature': signWebhook({ secret, id: 'evt_1', timestamp, body }),
  };
  await expect(webhooks.unwrap(body, headers)).resolves.toMatchObject({ data: { id: 'resp_1' } });
  await expect(webhooks.unwrap(body.replace('resp_1', 'resp_2'), headers)).rejects.toThrow();
});

describe('a secret', () => {
  test.each([24, 32, 64])('of %i bytes is one', (bytes) => {
    expect(isWebhookSecret(secretOf(bytes))).toBe(true);
  });

  test.each([
    ['of 23 bytes', secretOf(23)],
    ['of 65 bytes', secretOf(65)],
    ['without its prefix', randomBytes(32).toString('base64')],
    ['that is no base64', `${secretOf(32).slice(0, -2)}!=`],
    ['with a space at its end', `${secretOf(32)} `],
  ])('%s is none', (_, secret) => {
    expect(isWebhookSecret(secret)).toBe(false);
  });
});
