import { createHash, randomUUID } from 'node:crypto';

/**
 * What makes a request to the Agents API the same one when it is sent again, and what it has made recognisable.
 *
 * A session without an environment cannot be created before it has a message. So a conversation's thread begins as a name of
 * ours, and becomes the session's id with the first run.
 *
 * Turns bear no metadata. So before a message is sent, the session's metadata says which message comes, and after which turn:
 * the turn that follows that one is the message's. The stamp is written once for each message, before the message, so that it
 * is there whenever the message may be.
 */
const NEW = 'asess_new_';

/** The session's metadata field with the stamp. */
export const STAMP = 'countersign_key';

export const newThread = (): string => `${NEW}${randomUUID()}`;

export const isNewThread = (threadId: string): boolean => threadId.startsWith(NEW);

/**
 * @param key - of the create.
 * @param after - the session's newest turn so far; the thread's name when there is no session yet.
 */
export const stampOf = (key: string, after: string): string => `${key}@${after}`;

/** The turn after which the message of this key comes; null when the session was not about to get it. */
export function afterOf(stamp: unknown, key: string): string | null {
  return typeof stamp === 'string' && stamp.startsWith(`${key}@`) ? stamp.slice(key.length + 1) : null;
}

/** An `Idempotency-Key` has at most 256 characters. */
const LONGEST_KEY = 256;

/** The same parts are the same key, in every attempt and every process. */
export function idempotencyKey(...parts: string[]): string {
  const key = parts.join('/');
  const isPlain = /^[\x21-\x7e]+$/.test(key) && key.length <= LONGEST_KEY;
  return isPlain ? key : createHash('sha256').update(key).digest('hex');
}

/** What a body holds, short enough to be part of a key. */
export function fingerprint(body: unknown): string {
  return createHash('sha256').update(JSON.stringify(body)).digest('hex').slice(0, 32);
}
