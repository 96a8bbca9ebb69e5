import { randomBytes, randomUUID } from 'node:crypto';

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789';

/** `prefixed` as OpenAI makes them: a prefix and 24 letters and digits. */
export type IdStyle = 'prefixed' | 'uuid';

/** No recording shows the ids of the Agents API: prefixes and lengths are ours. */
type AgentsPrefix = 'asess' | 'agent' | 'turn' | 'fc' | 'fco';

export function newId(
  prefix: 'asst' | 'thread' | 'msg' | 'run' | 'step' | 'call' | AgentsPrefix,
  style: IdStyle,
): string {
  return style === 'uuid' ? randomUUID() : `${prefix}_${characters(24)}`;
}

/** `file-` and 22 letters and digits [recorded]. */
export function newFileId(style: IdStyle): string {
  return style === 'uuid' ? randomUUID() : `file-${characters(22)}`;
}

/** `vs_` and 32 hexadecimal digits [recorded]. */
export function newVectorStoreId(style: IdStyle): string {
  return style === 'uuid' ? randomUUID() : `vs_${randomBytes(16).toString('hex')}`;
}

/** `vsfb_` and 32 hexadecimal digits [reported]. */
export function newFileBatchId(style: IdStyle): string {
  return style === 'uuid' ? randomUUID() : `vsfb_${randomBytes(16).toString('hex')}`;
}

/** `chatcmpl-` and 29 letters and digits [recorded]. */
export function newCompletionId(): string {
  return `chatcmpl-${characters(29)}`;
}

/** In Responses and Conversations: a prefix and 50 hexadecimal digits; 48 for what is not made in a response [recorded]. */
export function newHexId(
  prefix: 'resp' | 'conv' | 'msg' | 'fc' | 'mcp' | 'mcpl' | 'mcpr' | 'rs' | 'evt',
  digits: 48 | 50 = 50,
): string {
  return `${prefix}_${randomBytes(digits / 2).toString('hex')}`;
}

function characters(length: number): string {
  return Array.from(randomBytes(length), (byte) => ALPHABET.charAt(byte % ALPHABET.length)).join('');
}
