import { createECDH } from 'node:crypto';

import type { Command } from 'commander';

import { say, tell } from '../output.ts';
import { runCommand } from '../run-command.ts';

/** `keys create-vapid`: the pair by which push services know who notifies. */
export function addCreateVapidCommand(keys: Command): void {
  keys
    .command('create-vapid')
    .description('make the VAPID key pair that notifications on devices need, and print it once')
    .addHelpText(
      'after',
      '\nGive the public key to gateways and workers, the private one to workers alone, and set COUNTERSIGN_VAPID_SUBJECT there, too.\nWith another pair people must switch their devices on again.\nWith --json: {"publicKey", "privateKey"}.',
    )
    .action(
      runCommand(() => {
        const ecdh = createECDH('prime256v1');
        ecdh.generateKeys();
        // Node leaves zeros at the front out, and push services want all 32 bytes.
        const privateBytes = Buffer.concat([Buffer.alloc(32), ecdh.getPrivateKey()]).subarray(-32);
        const pair = {
          publicKey: ecdh.getPublicKey('base64url'),
          privateKey: privateBytes.toString('base64url'),
        };
        say(`COUNTERSIGN_VAPID_PUBLIC_KEY=${pair.publicKey}`);
        say(`COUNTERSIGN_VAPID_PRIVATE_KEY=${pair.privateKey}`);
        tell(pair);
        return Promise.resolve();
      }),
    );
}
