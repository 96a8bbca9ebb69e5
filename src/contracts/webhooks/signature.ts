import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';

/**
 * Standard Webhooks, symmetric signatures (https://www.standardwebhooks.com): HMAC-SHA256 over `id.timestamp.body`, sent as
 * `v1,<base64>`. What the specification leaves open is strict here: a header has one legal form, and anything else is
 * refused with a reason instead of being repaired.
 */

const SECRET_PREFIX = 'whsec_';
const SECRET_BYTES = { minimum: 24, maximum: 64 } as const;
const TOLERANCE_SECONDS = 5 * 60;
/** A sender rotating secrets sends one signature per secret; more than this is somebody making us compute. */
const MAXIMUM_SIGNATURES = 16;

/** No full stop: it separates the parts of the signed text, so one text could otherwise be read in two ways. */
const ID = /^[A-Za-z0-9_:-]{1,256}$/;
const TIMESTAMP = /^(?:0|[1-9]\d{0,11})$/;
/** 32 bytes in canonical base64: 43 characters, of which the last has only four free bits, and one padding character. */
const V1_SIGNATURE = /^v1,([A-Za-z0-9+/]{42}[AEIMQUYcgkosw048]=)$/;
const OTHER_VERSION = /^(?!v1,)v\d{1,3}[a-z]{0,8},[A-Za-z0-9+/=_-]{1,1024}$/;

/** What is wrong with a webhook that is not accepted. */
type WebhookProblem =
  | 'id_missing'
  | 'id_malformed'
  | 'timestamp_missing'
  | 'timestamp_malformed'
  | 'timestamp_too_old'
  | 'timestamp_too_new'
  | 'signature_missing'
  | 'signature_malformed'
  | 'signature_version_unknown'
  | 'too_many_signatures'
  | 'signature_mismatch';

interface Refused {
  ok: false;
  reason: WebhookProblem;
}
export type WebhookVerification = { ok: true; id: string } | Refused;

/** A webhook secret that cannot be used; the message never holds the secret. */
export class WebhookSecretError extends Error {
  override readonly name = 'WebhookSecretError';
}

/** A fresh secret of 32 random bytes, in the form `whsec_<base64>`. */
export function createWebhookSecret(): string {
  return SECRET_PREFIX + randomBytes(32).toString('base64');
}

/**
 * The bytes of a secret.
 *
 * @throws WebhookSecretError unless it is `whsec_` and the canonical base64 of 24 to 64 bytes.
 */
export function decodeWebhookSecret(secret: string): Buffer {
  const { minimum, maximum } = SECRET_BYTES;
  const wanted = `A webhook secret is "${SECRET_PREFIX}" followed by the base64 of ${minimum} to ${maximum} random bytes`;
  if (!secret.startsWith(SECRET_PREFIX)) throw new WebhookSecretError(`${wanted}; this one has no prefix.`);
  const encoded = secret.slice(SECRET_PREFIX.length);
  const bytes = Buffer.from(encoded, 'base64');
  if (bytes.toString('base64') !== encoded) throw new WebhookSecretError(`${wanted}; this is not base64.`);
  if (bytes.length < minimum || bytes.length > maximum) {
    throw new WebhookSecretError(`${wanted}; this one has ${bytes.length} bytes.`);
  }
  return bytes;
}

/**
 * Signs one webhook.
 *
 * @param timestamp - seconds since 1970; send the same number as `webhook-timestamp`.
 * @param body - the exact bytes that are sent.
 * @returns the value of `webhook-signature`: `v1,<base64>`. While a secret is rotated, join one per secret with spaces.
 * @throws WebhookSecretError for a secret that is too short or not of the form `whsec_<base64>`.
 */
export function sign(webhook: {
  secret: string;
  id: string;
  timestamp: number;
  body: string | Uint8Array;
}): string {
  const { secret, id, timestamp, body } = webhook;
  return `v1,${digest(decodeWebhookSecret(secret), id, String(timestamp), body).toString('base64')}`;
}

/**
 * Checks a received webhook against every secret of its sender.
 *
 * @param headers - the request's headers; a `Headers` object joins repeated ones with a comma, which no legal form has.
 * @param body - the raw bytes as received, before any parsing.
 * @param secrets - the current secret and, while it is rotated, the one before.
 * @param nowMs - the time to judge the timestamp by; it may be five minutes off either way.
 */
export function verify(received: {
  headers: { get(name: string): string | null };
  body: Uint8Array;
  secrets: readonly string[];
  nowMs: number;
}): WebhookVerification {
  const { body, secrets, ...head } = received;
  const signed = readSignatureHead(head);
  if (!signed.ok) return signed;
  const { id, timestamp, signatures } = signed;
  const expected = secrets.map((secret) => digest(decodeWebhookSecret(secret), id, timestamp, body));
  // Every pair is compared, so that the time tells nothing about which secret or signature fitted.
  const matches = expected.flatMap((wanted) => signatures.filter((given) => timingSafeEqual(wanted, given)));
  return matches.length > 0 ? { ok: true, id } : refused('signature_mismatch');
}

/** What can be said of a webhook before its body is read: whether its headers are whole, and its time is now. */
export function readSignatureHead({
  headers,
  nowMs,
}: {
  headers: { get(name: string): string | null };
  nowMs: number;
}): { ok: true; id: string; timestamp: string; signatures: Buffer[] } | Refused {
  const id = headers.get('webhook-id');
  if (id === null) return refused('id_missing');
  if (!ID.test(id)) return refused('id_malformed');

  const timestamp = headers.get('webhook-timestamp');
  if (timestamp === null) return refused('timestamp_missing');
  if (!TIMESTAMP.test(timestamp)) return refused('timestamp_malformed');
  const ageSeconds = nowMs / 1_000 - Number(timestamp);
  if (ageSeconds > TOLERANCE_SECONDS) return refused('timestamp_too_old');
  if (ageSeconds < -TOLERANCE_SECONDS) return refused('timestamp_too_new');

  const signatures = readSignatures(headers.get('webhook-signature'));
  if (typeof signatures === 'string') return refused(signatures);
  return { ok: true, id, timestamp, signatures };
}

/** The `v1` signatures of the header, 32 bytes each; versions we don't know are passed over, as the specification asks. */
function readSignatures(header: string | null): Buffer[] | WebhookProblem {
  if (header === null || header === '') return 'signature_missing';
  const parts = header.split(' ', MAXIMUM_SIGNATURES + 1);
  if (parts.length > MAXIMUM_SIGNATURES) return 'too_many_signatures';
  const signatures: Buffer[] = [];
  for (const part of parts) {
    const encoded = V1_SIGNATURE.exec(part)?.[1];
    if (encoded !== undefined) signatures.push(Buffer.from(encoded, 'base64'));
    else if (!OTHER_VERSION.test(part)) return 'signature_malformed';
  }
  return signatures.length > 0 ? signatures : 'signature_version_unknown';
}

function digest(key: Uint8Array, id: string, timestamp: string, body: string | Uint8Array): Buffer {
  return createHmac('sha256', key).update(`${id}.${timestamp}.`).update(body).digest();
}

function refused(reason: WebhookProblem): Refused {
  return { ok: false, reason };
}
