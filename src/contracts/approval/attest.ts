import { attestedContent, signAttestation, type SigningKey } from '@countersign/receipts';

import type { Decision, DecisionBody } from './decision.ts';

/**
 * Signs a decision as it was taken, with the digest of what the person saw. Workers that trust the key count it, and no other one.
 *
 * @returns the decision with its attestation; as it is when it says neither what was seen nor how the person was known.
 */
export async function attested(key: SigningKey, tenant: string, decision: Decision): Promise<Decision> {
  const {
    approvalId,
    decisionId,
    decision: kind,
    argumentsDigest,
    approver,
    authenticated,
    grant,
  } = decision;
  const decidedAt = toInstant(decision.decidedAt);
  if (argumentsDigest === undefined || authenticated === undefined) return decision;
  const content = attestedContentOf(decision);
  const attestation = await signAttestation(
    {
      ...{ version: 1, tenant, approvalId, decisionId, decision: kind, digest: argumentsDigest },
      ...(content !== undefined && { content }),
      ...(grant && { grant }),
      person: { id: approver.id, groups: approver.groups ?? [] },
      ...{ authenticated, time: decidedAt },
    },
    key,
  );
  return { ...decision, decidedAt, attestation };
}

/** The digest of what is given beside a decision; undefined where nothing is. */
export function attestedContentOf({
  arguments: args,
  response,
  note,
  breakGlass,
}: Pick<DecisionBody, 'arguments' | 'response' | 'note' | 'breakGlass'>): string | undefined {
  return attestedContent({
    ...{ ...(args && { arguments: args }), ...(response !== undefined && { response }) },
    ...{ ...(note !== undefined && { note }), ...(breakGlass && { breakGlass }) },
  });
}

/** In the one form that is signed; what is no time is now. */
function toInstant(time: string): string {
  const ms = Date.parse(time);
  return new Date(Number.isNaN(ms) ? Date.now() : ms).toISOString();
}
