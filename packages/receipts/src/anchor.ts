import { decodeCheckpoint, readCheckpoint, type Checkpoint } from './checkpoint.ts';
import type { Trust } from './report.ts';
import { readKeys, type Jwks, type Keys } from './signing/keys.ts';

/** What all proofs of a file lead to, and whose word that is. */
export interface Anchor {
  /** What it says, also when it cannot be believed; null when it cannot be read. */
  checkpoint: Checkpoint | null;
  isBelieved: boolean;
  trust: Trust;
}

/** Where a problem goes, as what the file or the line does: `has a checkpoint that …`. */
export type Complain = (problem: string) => void;

/** The keys to verify with: trusted ones, or else those that came with the file. */
export async function keysFor(
  trusted: Keys | undefined,
  own: Jwks | undefined,
  complain: Complain,
): Promise<Keys | undefined> {
  if (trusted !== undefined || own === undefined) return trusted;
  try {
    return await readKeys(own);
  } catch (error) {
    complain(`has keys that cannot be read: ${(error as Error).message}`);
    return undefined;
  }
}

/** Reads the checkpoint of a file that says it is about a tenant. */
export async function readAnchor(
  said: string | Checkpoint,
  about: { tenant: string | undefined; keys: Keys | undefined; isTrusted: boolean },
  complain: Complain,
): Promise<Anchor> {
  const { tenant, keys, isTrusted } = about;
  const anchor: Anchor = {
    checkpoint: null,
    isBelieved: false,
    trust: isTrusted ? 'trusted-keys' : 'unsigned',
  };
  if (typeof said !== 'string') {
    [anchor.checkpoint, anchor.isBelieved] = [said, !isTrusted];
    if (isTrusted) complain('has a checkpoint that is not signed.');
  } else if (keys === undefined) {
    complain('has a signed checkpoint, and there are no keys to verify it with: give the trusted ones.');
  } else {
    const read = await readCheckpoint(said, keys);
    [anchor.checkpoint, anchor.isBelieved] = [read.ok ? read.checkpoint : decodedOrNull(said), read.ok];
    if (!read.ok) complain(`has a checkpoint that ${read.problem}.`);
    else if (!isTrusted) anchor.trust = 'own-keys';
  }
  if (anchor.checkpoint !== null && tenant !== undefined && anchor.checkpoint.tenant !== tenant) {
    complain('has a checkpoint of another tenant.');
    anchor.isBelieved = false;
  }
  return anchor;
}

function decodedOrNull(jws: string): Checkpoint | null {
  try {
    return decodeCheckpoint(jws);
  } catch {
    return null;
  }
}
