import { createReader, environment, nonEmpty, type Environment } from './variables.ts';
import { howToCall } from '../contracts/how-called.ts';

const read = createReader({
  COUNTERSIGN_SIGNING_KEY: [
    nonEmpty.optional(),
    `the path of a private key ("${howToCall('keys create-signing')}" makes one)`,
    {
      by: ['gateway', 'worker', 'the command line'],
      does: 'signs decisions and checkpoints; a worker signs answers of the Handover with it',
      unset: 'nothing is signed',
    },
  ],
  COUNTERSIGN_TRUSTED_KEYS: [
    nonEmpty.optional(),
    'the path of a JWKS with the public keys of the gateways',
    {
      by: ['worker', 'gateway', 'the command line'],
      does: 'workers count only decisions signed with one of these keys; gateways show them; audits look for their signatures',
      unset: 'decisions need no signature',
    },
  ],
});

/** Files of keys; reading them is the caller's. */
export function signingConfig(from: Environment = environment) {
  return {
    signingKeyFile: read(from, 'COUNTERSIGN_SIGNING_KEY'),
    trustedKeysFile: read(from, 'COUNTERSIGN_TRUSTED_KEYS'),
  };
}
