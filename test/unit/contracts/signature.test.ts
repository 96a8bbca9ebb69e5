import { describe, expect, it } from 'vitest';

import {
  createWebhookSecret,
  decodeWebhookSecret,
  sign,
  verify,
} from '../../../src/contracts/webhooks/signature.ts';

/** The vector of the Standard Webhooks reference libraries. */
const VECTOR = {
  secret: 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw',
  id: 'msg_p5jXN8AQM9LWM0D4loKWxJek',
  timestamp: 1_614_265_330,
  body: '{"test": 2432232314}',
  signature: 'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=',
};
const bytes = (text: string) => new TextEncoder().encode(text);
const whsec = (length: number) => `whsec_${Buffer.alloc(length, 7).toString('base64')}`;

function check(
  changes: Partial<Record<'id' | 'timestamp' | 'signature', string>> & {
    secrets?: string[];
    nowMs?: number;
    body?: Uint8Array;
  } = {},
) {
  const { id = VECTOR.id, timestamp = String(VECTOR.timestamp), signature = VECTOR.signature } = changes;
  const { secrets = [VECTOR.secret], nowMs = VECTOR.timestamp * 1_000, body = bytes(VECTOR.body) } = changes;
  const headers = new Map([
    ['webhook-id', id],
    ['webhook-timestamp', timestamp],
    ['webhook-signature', signature],
  ]);
  return verify({ headers: { get: (name) => headers.get(name) ?? null }, body, secrets, nowMs });
}

describe('Standard Webhooks', () => {
  it('signs the published vector as the reference libraries do', () => {
    expect(sign(VECTOR)).toBe(VECTOR.signature);
  });

  it('accepts the published vector', () => {
    expect(check()).toEqual({ ok: true, id: VECTOR.id });
  });

  it.each([
    ['one byte of the body', { body: bytes('{"test": 2432232315}') }],
    ['the id', { id: 'msg_other' }],
    ['the timestamp', { timestamp: String(VECTOR.timestamp + 1) }],
    ['the secret', { secrets: [createWebhookSecret()] }],
  ])('refuses a signature when %s is another', (_what, changes) => {
    expect(check(changes)).toEqual({ ok: false, reason: 'signature_mismatch' });
  });

  it('signs bytes that are not UTF-8 as they are', () => {
    const body = Uint8Array.of(0xff, 0x00, 0xfe);
    const signature = sign({ ...VECTOR, body });
    expect(check({ signature, body })).toMatchObject({ ok: true });
    expect(check({ signature, body: bytes('\ufffd\u0000\ufffd') })).toMatchObject({ ok: false });
  });

  it('accepts five minutes of difference either way, and no second more', () => {
    const at = (seconds: number) => check({ nowMs: (VECTOR.timestamp + seconds) * 1_000 });
    expect(at(300).ok).toBe(true);
    expect(at(-300).ok).toBe(true);
    expect(at(301)).toEqual({ ok: false, reason: 'timestamp_too_old' });
    expect(at(-301)).toEqual({ ok: false, reason: 'timestamp_too_new' });
  });

  it('accepts either secret while one is rotated, whichever the sender uses', () => {
    const next = createWebhookSecret();
    const signature = sign({ ...VECTOR, secret: next });
    expect(check({ secrets: [VECTOR.secret, next] }).ok).toBe(true);
    expect(check({ signature, secrets: [VECTOR.secret, next] }).ok).toBe(true);
    expect(check({ signature: `${signature} ${VECTOR.signature}` }).ok).toBe(true);
  });

  it('passes over versions it does not know', () => {
    expect(check({ signature: `v1a,AAAA ${VECTOR.signature} v2,BBBB` }).ok).toBe(true);
    expect(check({ signature: 'v1a,AAAA' })).toEqual({ ok: false, reason: 'signature_version_unknown' });
  });

  it('compares at most 16 signatures', () => {
    const other = sign({ ...VECTOR, secret: createWebhookSecret() });
    const many = (count: number) =>
      [...Array.from({ length: count }, () => other), VECTOR.signature].join(' ');
    expect(check({ signature: many(15) }).ok).toBe(true);
    expect(check({ signature: many(16) })).toEqual({ ok: false, reason: 'too_many_signatures' });
  });

  it('makes secrets of 32 bytes, each another', () => {
    const secret = createWebhookSecret();
    expect(decodeWebhookSecret(secret)).toHaveLength(32);
    expect(createWebhookSecret()).not.toBe(secret);
  });

  it.each([24, 64])('takes a secret of %i bytes', (length) => {
    expect(decodeWebhookSecret(whsec(length))).toHaveLength(length);
  });

  it.each([
    ['23 bytes', whsec(23), /24 to 64.*has 23 bytes/],
    ['65 bytes', whsec(65), /has 65 bytes/],
    ['nothing', 'whsec_', /has 0 bytes/],
    ['no prefix', Buffer.alloc(32).toString('base64'), /no prefix/],
    ['no base64', `whsec_${'*'.repeat(44)}`, /not base64/],
    ['base64 without its padding', whsec(32).replace('=', ''), /not base64/],
    ['base64 of the URL kind', `whsec_${Buffer.alloc(33, 0xff).toString('base64url')}`, /not base64/],
  ])('refuses a secret of %s, without showing it', (_what, secret, message) => {
    expect(() => decodeWebhookSecret(secret)).toThrow(message);
    expect(() => sign({ ...VECTOR, secret })).toThrow(message);
    if (secret.length > 10) expect(() => decodeWebhookSecret(secret)).not.toThrow(secret.slice(6));
  });
});
