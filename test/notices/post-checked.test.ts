import { expect, test } from 'vitest';

import { postChecked } from '../../src/notices/http/post-checked.ts';
import { isPublicAddress } from '../../src/contracts/webhooks/callback-hosts.ts';
import { startReceiver } from '../support/receiver.ts';

const post = (url: string, mayBePrivate: boolean) =>
  postChecked(new URL(url), { headers: {}, body: '{}', mayBePrivate, limitMs: 5_000 });

test('a name that leads to a private address is refused when the connection is made', async () => {
  const receiver = await startReceiver();
  const url = `http://localhost:${receiver.port}/`;
  await expect(post(url, false)).rejects.toThrow(/localhost leads to .*, which is not public/);
  expect(receiver.received).toEqual([]);
  expect(await post(url, true)).toEqual({ status: 200, retryAfter: undefined });
  expect(receiver.received).toHaveLength(1);
  await receiver.close();
});

test.each([
  ...['8.8.8.8', '172.32.0.1', '2606:4700:4700::1111'].map((address) => [address, true] as const),
  ...['10.1.2.3', '127.0.0.1', '169.254.169.254', '172.16.0.1', '192.168.1.1', '100.64.0.1', '0.0.0.0'].map(
    (address) => [address, false] as const,
  ),
  ...['::1', '::', 'fe80::1', 'fd00::1', '::ffff:10.0.0.7', '::ffff:8.8.8.8', '2002:a00:1::', 'ff02::1'].map(
    (address) => [address, false] as const,
  ),
])('whether %s is public: %s', (address, expected) => {
  expect(isPublicAddress(address)).toBe(expected);
});
