import { digest, integer, object, text, time, version, type Check } from './fields.ts';
import { FormatError } from './format-error.ts';
import { readPayload, signPayload, verifyPayload, type Checked } from './signing/jws.ts';
import type { Keys, SigningKey } from './signing/keys.ts';

/** How large a tenant's tree was at a time, and its root. Signed, it proves all that was in it. */
export interface Checkpoint {
  version: 1;
  tenant: string;
  size: number;
  /** `sha256:<hex>` */
  root: string;
  time: string;
}

const TYPE = 'countersign-checkpoint';
const check = object({
  version: version('a checkpoint'),
  tenant: text(),
  size: integer(),
  root: digest,
  time,
});

/** @throws FormatError naming the field, and what is allowed there. */
export function parseCheckpoint(value: unknown): Checkpoint {
  check(value, 'checkpoint');
  return value as Checkpoint;
}

/** A signed checkpoint, or what it would say when there is no key to sign with. */
export const checkSignedOrNot: Check = (value, field) => {
  if (typeof value === 'string') text(100_000)(value, field);
  else parseCheckpoint(value);
};

/** Signs a checkpoint: a compact JWS. */
export function signCheckpoint(checkpoint: Checkpoint, key: SigningKey): Promise<string> {
  return signPayload(TYPE, parseCheckpoint(checkpoint), key);
}

/**
 * What a signed checkpoint says, without looking at its signature.
 *
 * @throws FormatError when it is none.
 */
export function decodeCheckpoint(jws: string): Checkpoint {
  return parseCheckpoint(readPayload(TYPE, jws).payload);
}

/**
 * The checkpoints of a file that keeps them: one JWS a line. Whether they hold is the verifier's to say.
 *
 * @throws FormatError when there is none: whoever names such a file expects a comparison.
 */
export function readCheckpoints(text: string): string[] {
  const found = text.split(/\s+/).filter(Boolean);
  if (found.length === 0) throw new FormatError('checkpoints', 'must be one JWS a line, and there is none');
  return found;
}

/** Verifies a checkpoint by one of the keys. */
export async function readCheckpoint(
  jws: string,
  keys: Keys,
): Promise<Checked<{ checkpoint: Checkpoint; kid: string }>> {
  let checkpoint: Checkpoint;
  try {
    checkpoint = decodeCheckpoint(jws);
  } catch (error) {
    return { ok: false, problem: `cannot be read: ${(error as Error).message}` };
  }
  const verified = await verifyPayload(TYPE, jws, keys, checkpoint.tenant);
  return verified.ok ? { ok: true, checkpoint, kid: verified.kid } : verified;
}
