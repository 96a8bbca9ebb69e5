import { expect, test } from 'vitest';

import { pushConfig } from '../../../src/config/push.ts';
import { publicKeyOf, pushTarget } from '../../../src/contracts/channels/push.ts';
import { toCard } from '../../../src/notices/card.ts';
import type { Message } from '../../../src/notices/channel.ts';
import { toEndPayload, toPayload } from '../../../src/notices/push/payload.ts';
import { sampleApproval } from '../../gateway/support.ts';

const PAIR = {
  COUNTERSIGN_VAPID_PUBLIC_KEY: publicKeyOf('zt5TLGnDbyVDvgxuRGZDyBXj7K4lIZ5XKNVCDAWEbmM') ?? '',
  COUNTERSIGN_VAPID_PRIVATE_KEY: 'zt5TLGnDbyVDvgxuRGZDyBXj7K4lIZ5XKNVCDAWEbmM',
  COUNTERSIGN_VAPID_SUBJECT: 'mailto:ops@acme.example',
};

test.each<[string, Partial<typeof PAIR>, RegExp]>([
  [
    'a malformed public key',
    { COUNTERSIGN_VAPID_PUBLIC_KEY: 'abc' },
    /^COUNTERSIGN_VAPID_PUBLIC_KEY is a value, .*keys create-vapid/,
  ],
  [
    'a malformed private key',
    { COUNTERSIGN_VAPID_PRIVATE_KEY: 's3cret' },
    /^COUNTERSIGN_VAPID_PRIVATE_KEY is a value, .*keys create-vapid/,
  ],
  ['a private key alone', { COUNTERSIGN_VAPID_PUBLIC_KEY: '' }, /^COUNTERSIGN_VAPID_PUBLIC_KEY is not set/],
  [
    'keys of two pairs',
    { COUNTERSIGN_VAPID_PRIVATE_KEY: Buffer.alloc(32, 7).toString('base64url') },
    /one pair/,
  ],
  ['no subject', { COUNTERSIGN_VAPID_SUBJECT: '' }, /^COUNTERSIGN_VAPID_SUBJECT is not set/],
  ['a subject that is none', { COUNTERSIGN_VAPID_SUBJECT: 'ops' }, /mailto:ops@example\.com/],
])('%s stops at start with the name and the remedy', (_, more, expected) => {
  const read = () => pushConfig({ ...PAIR, ...more });
  expect(read).toThrow(expected);
  expect(read).not.toThrow(/s3cret/);
});

test.each([
  ['https://fcm.googleapis.com/fcm/send/x', [], true],
  ['https://updates.push.services.mozilla.com/wpush/v2/x', [], true],
  ['https://web.push.apple.com/x', [], true],
  ['https://wns2-par02p.notify.windows.com/w/?token=x', [], true],
  ['http://fcm.googleapis.com/fcm/send/x', [], false],
  ['https://fcm.googleapis.com:8443/x', [], false],
  ['https://fcm.googleapis.com.evil.example/x', [], false],
  ['https://ada@fcm.googleapis.com/x', [], false],
  ['https://169.254.169.254/latest', [], false],
  ['http://127.0.0.1:8233/x', [], false],
  ['https://push.acme.example/x', ['push.acme.example'], true],
  ['http://10.0.0.7/x', ['*'], false],
  [`https://fcm.googleapis.com/${'x'.repeat(3_000)}`, [], false],
])('whether a device may be notified at %s, with %j allowed: %s', (endpoint, hosts, expected) => {
  expect(pushTarget(endpoint, hosts).ok).toBe(expected);
});

function message(count: number, status: 'pending' | 'cancelled' = 'pending'): Message {
  const { proposals: _, ...approval } = sampleApproval({
    ...{
      tool: '😀'.repeat(900),
      requestedBy: '😀'.repeat(900),
      status,
      arguments: { secret: 'card number' },
    },
  });
  const card = toCard(approval, 'https://inbox.acme.example');
  const person = { id: 'grace', name: null, mail: null, slackId: null, groups: [], identities: [] };
  const settings = { revokedAt: null, zone: null, quiet: null, away: null, channels: null };
  const to = { person: { ...person, ...settings }, address: 'devices' };
  return {
    id: 'm',
    tenant: 'acme',
    kind: 'digest',
    cards: Array.from({ length: count }, () => card),
    to,
    after: [],
  };
}

test.each([1, 20])(
  'a notification of %i fits into what push services take, and has no arguments',
  (count) => {
    for (const payload of [toPayload(message(count)), toEndPayload(message(count, 'cancelled'))]) {
      const text = JSON.stringify(payload);
      expect(Buffer.byteLength(text)).toBeLessThan(3_900);
      expect(text).not.toContain('card number');
      expect(payload.tag).toMatch(/^[\w-]{32}$/);
    }
  },
);
