import { z } from 'zod';

import { howToCall } from '../contracts/how-called.ts';
import { isPushPublicKey, isVapidPrivateKey, publicKeyOf } from '../contracts/channels/push.ts';
import { ConfigError, createReader, environment, type Environment } from './variables.ts';
import { callbackHosts } from './webhooks.ts';

const MAKES = `("${howToCall('keys create-vapid')}" makes a pair)`;

const read = createReader({
  COUNTERSIGN_VAPID_PUBLIC_KEY: [
    z.string().refine(isPushPublicKey).optional(),
    `a VAPID public key: 65 bytes in base64url ${MAKES}`,
    {
      by: ['gateway', 'worker'],
      does: 'lets people switch on [notifications on their devices](../guides/notices.md#notifications-on-a-device)',
      unset: 'there are none',
    },
  ],
  COUNTERSIGN_VAPID_PRIVATE_KEY: [
    z.string().refine(isVapidPrivateKey).optional(),
    `a VAPID private key: 32 bytes in base64url ${MAKES}`,
    { by: ['worker'], does: 'signs notifications; needed with the public key' },
  ],
  COUNTERSIGN_VAPID_SUBJECT: [
    z
      .string()
      .regex(/^(?:mailto:[^\s@]+@[^\s@]+|https:\/\/[^\s]+)$/)
      .optional(),
    'whom push services write to when there is trouble, such as mailto:ops@example.com, or an https address',
    { by: ['worker'], does: 'whom push services write to; needed with the keys' },
  ],
});

/** The key that browsers take notifications for; null where there are none. */
export function pushKeyConfig(from: Environment = environment): string | null {
  return read(from, 'COUNTERSIGN_VAPID_PUBLIC_KEY') ?? null;
}

/**
 * How a worker sends notifications; null for not.
 *
 * @throws ConfigError when one of the three is missing, or the keys are not of one pair.
 */
export function pushConfig(from: Environment = environment) {
  const privateKey = read(from, 'COUNTERSIGN_VAPID_PRIVATE_KEY');
  read.requireBoth(from, 'COUNTERSIGN_VAPID_PUBLIC_KEY', 'COUNTERSIGN_VAPID_PRIVATE_KEY');
  const publicKey = pushKeyConfig(from);
  if (publicKey === null || privateKey === undefined) return null;
  if (publicKeyOf(privateKey) !== publicKey)
    throw new ConfigError(
      `COUNTERSIGN_VAPID_PUBLIC_KEY is not of COUNTERSIGN_VAPID_PRIVATE_KEY. Set both to keys of one pair ${MAKES}.`,
    );
  const subject = read.required(from, 'COUNTERSIGN_VAPID_SUBJECT', 'COUNTERSIGN_VAPID_PUBLIC_KEY is');
  return { publicKey, privateKey, subject, hosts: callbackHosts(from) };
}
