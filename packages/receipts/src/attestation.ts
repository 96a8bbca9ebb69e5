import { canonical, contentDigest } from './digest.ts';
import { DECISIONS, type Entry, type Person } from './entry.ts';
import { digest, listOf, object, oneOf, text, time, version } from './fields.ts';
import { checkAuthenticated, checkGrantTerms, type Authenticated, type GrantTerms } from './rule.ts';
import { readPayload, signPayload, verifyPayload, type Checked } from './signing/jws.ts';
import type { Keys, SigningKey } from './signing/keys.ts';

/** What the gateway signs of a decision that it takes. */
export interface Attestation {
  version: 1;
  tenant: string;
  approvalId: string;
  decisionId: string;
  decision: (typeof DECISIONS)[number];
  /** Of the arguments the person saw. */
  digest: string;
  /** Of what was given beside it; see `attestedContent`. */
  content?: string;
  /** Later calls that it lets through, too. */
  grant?: GrantTerms;
  person: Person & { groups: string[] };
  authenticated: Authenticated;
  time: string;
}

const TYPE = 'countersign-attestation';
const check = object(
  {
    version: version('an attestation'),
    tenant: text(),
    approvalId: text(),
    decisionId: text(),
    decision: oneOf(DECISIONS),
    digest,
    person: object({ id: text(), groups: listOf(text()) }),
    authenticated: checkAuthenticated,
    time,
  },
  { content: digest, grant: checkGrantTerms },
);

/** The digest of what a person gave beside the decision: `content` of the attestation. Undefined when it was nothing. */
export function attestedContent(given: {
  arguments?: unknown;
  response?: string;
  note?: string;
  breakGlass?: boolean;
}): string | undefined {
  const said = Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));
  return Object.keys(said).length === 0 ? undefined : contentDigest(said);
}

/**
 * Signs a decision: a compact JWS.
 *
 * @throws FormatError naming the field that does not fit.
 */
export function signAttestation(attestation: Attestation, key: SigningKey): Promise<string> {
  check(attestation, 'attestation');
  return signPayload(TYPE, attestation, key);
}

/**
 * Verifies an attestation by one of the keys, and that it says what is expected. Every field of `expected` counts, also one that is
 * undefined: then the attestation must not have it.
 *
 * @returns what it says, or the first thing that is wrong with it, as the end of a sentence.
 */
export async function verifyAttestation(
  jws: string,
  keys: Keys,
  expected: Partial<{ [Field in keyof Attestation]: Attestation[Field] | undefined }> & { tenant: string },
): Promise<Checked<{ claims: Attestation; kid: string }>> {
  const verified = await verifyPayload(TYPE, jws, keys, expected.tenant);
  if (!verified.ok) return verified;
  try {
    check(verified.payload, 'attestation');
  } catch (error) {
    return { ok: false, problem: `cannot be read: ${(error as Error).message}` };
  }
  const claims = verified.payload as Attestation;
  for (const [field, value] of Object.entries(expected)) {
    if (!isSame(claims[field as keyof Attestation], value))
      return { ok: false, problem: `is about another ${field}` };
  }
  return { ok: true, claims, kid: verified.kid };
}

/**
 * What an attestation says, without looking at its signature.
 *
 * @throws FormatError when it is none.
 */
export function decodeAttestation(jws: string): Attestation {
  const { payload } = readPayload(TYPE, jws);
  check(payload, 'attestation');
  return payload as Attestation;
}

/** What the attestation of an entry has to say. `content` is not in an entry and stays open. */
export function attestedBy({
  tenant,
  approvalId,
  decisionId,
  decision,
  digest: seen,
  person,
  authenticated,
  time: at,
  grant,
}: Entry) {
  const expected = {
    ...{ approvalId, decisionId, decision, digest: seen, authenticated, time: at, grant },
    person: person && { id: person.id, groups: person.groups ?? [] },
  };
  return { tenant, ...expected };
}

function isSame(one: unknown, other: unknown): boolean {
  return one === other || (one !== undefined && other !== undefined && canonical(one) === canonical(other));
}
