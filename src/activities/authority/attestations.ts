import { attestedContent, verifyAttestation, type Attestation, type Keys } from '@countersign/receipts';

import type { Decision, DecisionRecord } from '../../contracts/approval/decision.ts';
import type { CallToRun } from '../../contracts/approval/review.ts';
import type { Tool } from '../../define/tool.ts';
import { parseArguments } from '../review.ts';

/** Whether decisions were signed by a gateway whose key is trusted (packages/receipts, `Attestation`). */
export interface Attestations {
  /** What is wrong with the signature of a vote for this call, as the end of a sentence; null when it is good. */
  problemOf(
    vote: DecisionRecord,
    about: { call: CallToRun; tool: Tool; tenant: string },
  ): Promise<string | null>;
  /** The same of a decision before it is counted. Its time is then the gateway's, at which it took the decision. */
  problemIn(decision: Decision, tenant: string): Promise<string | null>;
}

export function createAttestations(keys: Keys): Attestations {
  return {
    async problemOf(vote, { call, tool, tenant }) {
      const { approvalId, argumentsDigest } = call;
      const isEdit = vote.decision === 'edit';
      const args = isEdit ? (vote.arguments ?? call.arguments) : undefined;
      const problem = await problemIn({ ...vote, approvalId, ...(args && { arguments: args }) }, tenant);
      if (problem !== null) return problem;
      if (!isEdit) return vote.argumentsDigest === argumentsDigest ? null : 'is about other arguments';
      if (vote.arguments === undefined) return null; // they are those of the call, whose digest has been looked at
      const parsed = parseArguments(tool, vote.arguments, tenant);
      const isSame = parsed.ok && parsed.argumentsDigest === argumentsDigest;
      return isSame ? null : 'proposes other arguments';
    },

    problemIn,
  };

  async function problemIn(decision: Decision, tenant: string): Promise<string | null> {
    const { attestation } = decision;
    if (attestation === undefined) return 'has no signature of a gateway';
    const checked = await verifyAttestation(attestation, keys, { ...expected(decision), tenant });
    return checked.ok ? null : `has a signature that ${checked.problem}`;
  }
}

/** What its signature must say of a decision, field by field. */
function expected({ approver, arguments: args, response, note, breakGlass, grant, ...decision }: Decision) {
  const given = {
    ...{ ...(args && { arguments: args }), ...(response !== undefined && { response }) },
    ...{ ...(note !== undefined && { note }), ...(breakGlass && { breakGlass }) },
  };
  const { approvalId, decisionId, authenticated, decidedAt, argumentsDigest } = decision;
  return {
    ...{ approvalId, decisionId, decision: decision.decision, authenticated, time: decidedAt },
    ...{ digest: argumentsDigest, content: attestedContent(given), grant },
    person: { id: approver.id, groups: approver.groups ?? [] },
  } satisfies Partial<{ [Field in keyof Attestation]: Attestation[Field] | undefined }>;
}
