import { randomBytes } from 'node:crypto';

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789';

/** An id as OpenAI makes them: a prefix and 24 letters and digits. */
export function newId(prefix: 'asst' | 'thread' | 'msg' | 'run' | 'step' | 'call'): string {
  let id = `${prefix}_`;
  for (const byte of randomBytes(24)) id += ALPHABET.charAt(byte % ALPHABET.length);
  return id;
}
