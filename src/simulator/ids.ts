import { randomBytes, randomUUID } from 'node:crypto';

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789';

/** `prefixed` as OpenAI makes them: a prefix and 24 letters and digits. */
export type IdStyle = 'prefixed' | 'uuid';

export function newId(prefix: 'asst' | 'thread' | 'msg' | 'run' | 'step' | 'call', style: IdStyle): string {
  if (style === 'uuid') return randomUUID();
  let id = `${prefix}_`;
  for (const byte of randomBytes(24)) id += ALPHABET.charAt(byte % ALPHABET.length);
  return id;
}
