import type { Trust } from '../report.ts';
import { signPayload, verifyPayload } from '../signing/jws.ts';
import type { Keys, SigningKey } from '../signing/keys.ts';

const TYPE = 'countersign-export';

/** Signs an export as a whole: whoever leaves a content out has another digest. */
export function signExport(tenant: string, digest: string, key: SigningKey): Promise<string> {
  return signPayload(TYPE, { version: 1, tenant, digest }, key);
}

/** What is wrong with an export's signature, as what its line does; null when nothing is. */
export async function signatureProblem(
  signature: string | undefined,
  of: { tenant: string; digest: string; keys: Keys | undefined; trust: Trust },
): Promise<string | null> {
  const { tenant, digest, keys, trust } = of;
  if (signature === undefined) {
    if (trust === 'unsigned') return null;
    return 'is not signed: the entries are proven without it, but contents may have been left out.';
  }
  if (keys === undefined) return 'is signed, and there are no keys to verify it with: give the trusted ones.';
  const read = await verifyPayload(TYPE, signature, keys, tenant);
  if (!read.ok) return `has a signature of the export that ${read.problem}.`;
  return isOf(read.payload, tenant, digest) ? null : 'has a signature of another export.';
}

function isOf(payload: unknown, tenant: string, digest: string): boolean {
  const { version, tenant: of, digest: signed, ...others } = payload as Record<string, unknown>;
  return version === 1 && of === tenant && signed === digest && Object.keys(others).length === 0;
}
