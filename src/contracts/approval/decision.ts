import { z } from 'zod';

import {
  CALL_ARGUMENTS_BYTES,
  GRANT_MOST_MS,
  NARROWER_MOST,
  NOTE_CHARACTERS,
  RESPONSE_CHARACTERS,
} from '../limits.ts';
import { atMostBytes, atMostCharacters } from '../too-large.ts';
import type { Authenticated, GrantTerms, Share } from './rule.ts';
import type { ApprovalStatus } from './status.ts';
import type { ToolArguments } from '../tool-call.ts';

export const DECISION_KINDS = ['approve', 'deny', 'edit', 'respond'] as const;
/** `approve` runs what was shown, `edit` something else, `deny` nothing, `respond` gives a text in its place. */
export type DecisionKind = (typeof DECISION_KINDS)[number];

/** Who decides. `groups` come from the credential or the identity provider, never from a form. */
export const ApproverSchema = z.strictObject({
  id: atMostCharacters(200).min(1, 'must name the person who decides'),
  groups: z.array(atMostCharacters(200).min(1)).max(100).optional(),
});
/** Who decides: an id, and groups that the policy may ask for. */
export type Approver = z.infer<typeof ApproverSchema>;

/** What somebody who was shown a grant's terms names: the time, which may be shorter, and what must still be the policy's. */
const GrantAskedSchema = z.strictObject({
  forMs: z.number().int().positive().max(GRANT_MOST_MS),
  narrowerBy: z.array(atMostCharacters(200).min(1)).max(NARROWER_MOST).exactOptional(),
  boundTo: z.enum(['conversation', 'requester']).exactOptional(),
});

/** The part of a decision a person gives: the body of `POST /v1/approvals/{approvalId}/decision`. */
export const DecisionBodySchema = z
  .strictObject({
    decision: z.enum(DECISION_KINDS, { error: `must be one of ${DECISION_KINDS.join(', ')}` }),
    note: atMostCharacters(NOTE_CHARACTERS).optional(),
    arguments: z.record(z.string(), z.unknown()).superRefine(atMostBytes(CALL_ARGUMENTS_BYTES)).optional(),
    response: atMostCharacters(RESPONSE_CHARACTERS).optional(),
    argumentsDigest: atMostCharacters(200).optional(),
    breakGlass: z.literal(true, { error: 'must be true, or absent' }).optional(),
    grant: z
      .union([z.literal(true), GrantAskedSchema], {
        error: `must be true, or {"forMs": a whole number of ms from 1 to ${GRANT_MOST_MS}}`,
      })
      .optional(),
    decisionId: z
      .string()
      .regex(/^[A-Za-z0-9_.:-]{1,128}$/, 'must be 1 to 128 letters, digits, "_", ".", ":" or "-"')
      .optional(),
  })
  .superRefine((body, context) => {
    const complain = (path: string, message: string) =>
      context.addIssue({ code: 'custom', path: [path], message });
    if (body.decision === 'edit' && body.arguments === undefined) {
      complain('arguments', 'is required with decision "edit": the arguments to run instead');
    }
    if (body.decision !== 'edit' && body.arguments !== undefined) {
      complain('arguments', `is allowed only with decision "edit", not with "${body.decision}"`);
    }
    if (body.decision === 'respond' && !body.response) {
      complain('response', 'is required with decision "respond": the text the model gets as tool output');
    }
    if (body.decision !== 'respond' && body.response !== undefined) {
      complain('response', `is allowed only with decision "respond", not with "${body.decision}"`);
    }
    if (body.decision !== 'approve' && body.decision !== 'deny' && body.breakGlass) {
      complain(
        'breakGlass',
        `is allowed only with decision "approve" or "deny", not with "${body.decision}"`,
      );
    }
    if (body.grant !== undefined && body.decision !== 'approve' && body.decision !== 'edit') {
      complain('grant', `is allowed only with decision "approve" or "edit", not with "${body.decision}"`);
    }
    if (body.grant !== undefined && body.breakGlass) {
      complain('grant', 'is not allowed with "breakGlass": an emergency lets nothing through but itself');
    }
  });
export type DecisionBody = z.infer<typeof DecisionBodySchema>;

/**
 * A decision as it travels to the turn, by signal `decide` or update `decideNow`. The same `decisionId` again is a
 * duplicate and changes nothing. Workflow code checks the shape again by hand (workflows/messages.ts), because
 * anybody with access to the namespace may send the signal.
 */
export interface Decision {
  /** Of the approval that is decided. */
  approvalId: string;
  /** Names the decision: one that comes again with the same id counts once. */
  decisionId: string;
  decision: DecisionKind;
  /** Who decides. */
  approver: Approver;
  /** What the model reads beside the outcome. */
  note?: string;
  /** With `edit`: the arguments that are approved in place of those shown. */
  arguments?: ToolArguments;
  /** With `respond`: the text that becomes the tool's output; nothing runs. */
  response?: string;
  /** The digest of what the person saw. If present, it must equal the approval's. Once somebody has changed the arguments, it must be. */
  argumentsDigest?: string;
  /** It settles alone, by right of emergency; `note` says why. */
  breakGlass?: true;
  /** It lets the same or narrower calls through for a while, as far as the policy lets it (contracts/deciding/granting.ts). */
  grant?: GrantTerms;
  /** How the person was known. Without an attestation it is only the sender's word. */
  authenticated?: Authenticated;
  /** The gateway's signature over the decision, a compact JWS (packages/receipts). */
  attestation?: string;
  /** ISO 8601, by the sender's clock. Only that of a signed decision counts; another one is only recorded. */
  decidedAt: string;
  /** Its source: `client`, `api`, `inbox`, `cli`, `webhook:<source>`, `signal`, `handover`, `slack`. */
  source: string;
}

/** A decision as a program passes it to the client, which adds missing fields. */
export interface NewDecision extends Omit<Decision, 'decisionId' | 'decidedAt' | 'source' | 'grant'> {
  /** The same or narrower calls, too: for as long as the policy lets it (`true`), or shorter. It is refused where the policy has other terms. */
  grant?: true | (Pick<GrantTerms, 'forMs'> & Partial<GrantTerms>) | undefined;
  /** Identifies the decision: sent again with the same id, it counts once. Random by default. */
  decisionId?: string | undefined;
  /** ISO 8601; now by default. */
  decidedAt?: string | undefined;
  /** Its source; `client` by default. */
  source?: string | undefined;
}

/** A decision as the approval keeps it, and as readers see it. */
export type DecisionRecord = Omit<Decision, 'approvalId'>;

/** One problem of one field. `field` is a path such as `items.0.amountCents`, or `` for the whole. */
export interface FieldProblem {
  field: string;
  message: string;
}

export const REFUSAL_REASONS = [
  'malformed_decision',
  'digest_mismatch',
  'invalid_arguments',
  'forbidden',
  'not_an_approver',
  'requester',
  'revoked',
  'authentication_too_old',
  'already_voted',
  'note_required',
  'not_break_glass',
  'unattested',
  'too_large',
  'not_possible',
  'under_review',
  'too_many_edits',
] as const;
export type RefusalReason = (typeof REFUSAL_REASONS)[number];

/**
 * The answer to a decision.
 *
 * - `applied`: it settled the approval
 * - `voted`: it counts, and others must agree (`missing`)
 * - `duplicate`: the same decision had been counted before
 * - `conflict`: another decision had settled it (`winner`)
 * - `reused`: another decision of the same sender had this id; `problems` say what differs
 * - `expired`, `cancelled`: the approval was over
 * - `refused`: the approval stays pending; `problems` say why
 * - `unknown`: the turn has no such approval
 */
export interface Receipt {
  outcome:
    | 'applied'
    | 'voted'
    | 'duplicate'
    | 'conflict'
    | 'reused'
    | 'expired'
    | 'cancelled'
    | 'refused'
    | 'unknown';
  approvalId: string;
  decisionId: string;
  /** The approval's status after this decision; absent when `unknown`. */
  status?: ApprovalStatus;
  /** Digest of what runs (after an edit: of the edited arguments); absent when `unknown`. */
  argumentsDigest?: string;
  decidedAt?: string;
  /** What is needed before the approval is settled; of `voted`, and of a vote's `duplicate`. */
  missing?: Missing;
  winner?: DecisionRecord;
  reason?: RefusalReason;
  problems?: FieldProblem[];
}

/** What an approval needs before it is approved. */
export interface Missing {
  /** So many people more. */
  approvals: number;
  /** Of these groups. */
  from: Share[];
  /** Somebody else than the author of the arguments. */
  another?: true;
}

/** No worker answered in time, so the decision was left as a durable signal. Read the approval later to see the result. */
export interface Accepted {
  outcome: 'accepted';
  approvalId: string;
  decisionId: string;
}
