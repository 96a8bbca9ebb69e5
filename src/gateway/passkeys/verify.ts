import { z } from 'zod';

import type { Passkey } from '../../store/sign-in/passkeys.ts';
import type { RelyingParty } from './relying-party.ts';

/** What browsers say of a touched passkey. Everything is checked by @simplewebauthn/server; here only that it has the shape. */

const text = z.string().max(20_000);
const TRANSPORTS = ['ble', 'cable', 'hybrid', 'internal', 'nfc', 'smart-card', 'usb'] as const;
const credential = { id: text, rawId: text, type: z.literal('public-key') };
const RegistrationSchema = z.object({
  ...credential,
  response: z.object({
    clientDataJSON: text,
    attestationObject: text,
    transports: z.array(z.string()).default([]),
  }),
});
const TouchSchema = z.object({
  ...credential,
  response: z.object({ clientDataJSON: text, authenticatorData: text, signature: text }),
});

export type Registered = Pick<Passkey, 'credentialId' | 'publicKey' | 'counter' | 'transports'>;

/** @returns null for anything that does not prove a new passkey of this origin, made for this challenge. */
export async function readRegistration(
  sent: string,
  { id, origin }: RelyingParty,
  challenge: string,
): Promise<Registered | null> {
  const read = RegistrationSchema.safeParse(parsed(sent));
  if (!read.success) return null;
  const { verifyRegistrationResponse } = await library();
  const { response } = read.data;
  const transports = TRANSPORTS.filter((one) => response.transports.includes(one));
  try {
    const { verified, registrationInfo } = await verifyRegistrationResponse({
      response: { ...read.data, response: { ...response, transports }, clientExtensionResults: {} },
      ...{ expectedChallenge: challenge, expectedOrigin: origin, expectedRPID: id },
    });
    if (!verified) return null;
    const { id: credentialId, publicKey, counter } = registrationInfo.credential;
    return { credentialId, publicKey, counter, transports };
  } catch {
    return null; // the library says by an error what does not fit
  }
}

/** @returns what the passkey has counted; null unless one of these was touched at this origin, for this challenge. */
export async function readTouch(
  sent: string,
  { id, origin }: RelyingParty,
  challenge: string,
  passkeys: readonly Passkey[],
): Promise<{ credentialId: string; counter: number } | null> {
  const read = TouchSchema.safeParse(parsed(sent));
  if (!read.success) return null;
  const passkey = passkeys.find(({ credentialId }) => credentialId === read.data.id);
  if (passkey === undefined) return null;
  const { verifyAuthenticationResponse } = await library();
  const { credentialId, publicKey, counter } = passkey;
  try {
    const { verified, authenticationInfo } = await verifyAuthenticationResponse({
      response: { ...read.data, clientExtensionResults: {} },
      ...{ expectedChallenge: challenge, expectedOrigin: origin, expectedRPID: id },
      credential: { id: credentialId, publicKey, counter },
    });
    return verified ? { credentialId, counter: authenticationInfo.newCounter } : null;
  } catch {
    return null;
  }
}

/** Few gateways need it, so none loads it before. */
function library() {
  return import('@simplewebauthn/server');
}

function parsed(sent: string): unknown {
  try {
    return JSON.parse(sent);
  } catch {
    return undefined;
  }
}
