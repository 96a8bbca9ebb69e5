import { describe, expect, test } from 'vitest';

import { createRedactor } from '../../../src/interaction-log/redact.ts';

const full = createRedactor({ content: 'full' });

test('by default no word leaves, only how many characters there were', () => {
  const { content, fields } = createRedactor({});
  expect(content('My card is 4111 1111 1111 1111.')).toEqual({ characters: 31 });
  expect(content({ orderId: 'A-1' })).toEqual({ characters: '{"orderId":"A-1"}'.length });
  expect(fields({ plan: 'gold' })).toBeUndefined();
});

describe('with "full" words leave, but not', () => {
  test.each([
    ['Pay with 4111 1111 1111 1111 please', 'Pay with [card number] please'],
    ['4111-1111-1111-1111', '[card number]'],
    ['write to Jane.Doe+x@mail.example.com today', 'write to [e-mail] today'],
    ['Authorization: Bearer abcdef1234567890', 'Authorization: [authorization]'],
    ['use sk-proj-abcdefghij1234567890_x now', 'use [api key] now'],
    ['whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw', '[api key]'],
    ['AKIAIOSFODNN7EXAMPLE', '[api key]'],
    ['eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0In0.c2lnbmF0dXJl', '[token]'],
    ['my password is hunter2, ok', 'my password is [redacted], ok'],
    ['api_key="very secret thing"', 'api_key=[redacted]'],
    ['-----BEGIN RSA PRIVATE KEY-----\nMIIE\n-----END RSA PRIVATE KEY-----', '[private key]'],
  ])('%s', (text, redacted) => {
    expect(full.content(text)).toEqual({ characters: text.length, text: redacted });
  });

  test('fields of JSON that are named like a secret, at any depth, as a value or as a text', () => {
    const value = { order: { apiKey: 'x', lines: [{ password: 'p', sku: 'S-1' }] }, card: 4111111111111111 };
    const clean = {
      order: { apiKey: '[redacted]', lines: [{ password: '[redacted]', sku: 'S-1' }] },
      card: '[card number]',
    };
    expect(JSON.parse(full.content(value).text ?? '')).toEqual(clean);
    expect(JSON.parse(full.content(JSON.stringify(value)).text ?? '')).toEqual(clean);
  });
});

test.each([
  'Order 1234567890123456 of 2026-11-21',
  'A-1042 costs 4200 cents',
  'Mind @home and 50% off',
  '{not JSON',
])('what only looks similar stays: %s', (text) => {
  expect(full.content(text).text).toBe(text);
});

test('patterns and the function of the application run last, whatever flags the patterns have', () => {
  const { content } = createRedactor({
    content: 'full',
    patterns: [/KD-\d{6}/, /NL-\d+/gy],
    redact: (text) => text.replaceAll('Ada', '[name]'),
  });
  const text = 'Ada KD-123456, KD-654321 and NL-1';
  expect(content(text).text).toBe('[name] [redacted], [redacted] and [redacted]');
  expect(content(text).text).toBe('[name] [redacted], [redacted] and [redacted]');
});

test('an application that redacts to no text gets an error, and nothing leaves', () => {
  const { content } = createRedactor({ content: 'full', redact: (() => undefined) as never });
  expect(() => content('words')).toThrow('returned no text');
});

test('a text of a million characters is redacted in a moment, whatever it is made of', () => {
  for (const unit of ['a@', '1 ', '-----BEGIN PRIVATE KEY-----', 'password: ', 'eyJ', 'sk-', '{"a":']) {
    const text = unit.repeat(Math.ceil(200_000 / unit.length));
    const beganAt = performance.now();
    full.content(text);
    // A pattern that backtracks needs minutes for this.
    expect(performance.now() - beganAt, unit).toBeLessThan(20_000);
  }
});
