import { z } from 'zod';

import { CALL_ARGUMENTS_BYTES, NOTE_CHARACTERS, RESPONSE_CHARACTERS } from './limits.ts';
import { atMostBytes, atMostCharacters } from './too-large.ts';

export const APPROVAL_STATUSES = [
  'pending',
  'approved',
  'denied',
  'answered',
  'expired',
  'cancelled',
] as const;
/** How an approval stands. */
export type ApprovalStatus = (typeof APPROVAL_STATUSES)[number];

export const DECISION_KINDS = ['approve', 'deny', 'edit', 'respond'] as const;
/** `approve` runs what was shown, `edit` something else, `deny` nothing, `respond` gives a text in its place. */
export type DecisionKind = (typeof DECISION_KINDS)[number];

/** Arguments of a tool call after parsing: a JSON object. */
export type ToolArguments = Record<string, unknown>;

/**
 * What happens at the run's deadline while the approval is pending. `deny` tells the model that time is up, `cancel` cancels the run,
 * `park` lets the model continue without the action and keeps the approval open.
 */
export type OnRunDeadline = 'deny' | 'cancel' | 'park';

/**
 * What a tool promises about a repeated call after an unknown outcome. `idempotent`: it has no second effect. `reconcilable`: it can say
 * whether it ran. `at-most-once`: it must not be repeated.
 */
export type Effect = 'idempotent' | 'reconcilable' | 'at-most-once';

/** Who decides. `groups` come from the credential or the identity provider, never from a form. */
export const ApproverSchema = z.strictObject({
  id: atMostCharacters(200).min(1, 'must name the person who decides'),
  groups: z.array(atMostCharacters(200).min(1)).max(100).optional(),
});
/** Who decides: an id, and groups that the policy may ask for. */
export type Approver = z.infer<typeof ApproverSchema>;

/** The part of a decision a person gives: the body of `POST /v1/approvals/{approvalId}/decision`. */
export const DecisionBodySchema = z
  .strictObject({
    decision: z.enum(DECISION_KINDS, { error: `must be one of ${DECISION_KINDS.join(', ')}` }),
    note: atMostCharacters(NOTE_CHARACTERS).optional(),
    arguments: z.record(z.string(), z.unknown()).superRefine(atMostBytes(CALL_ARGUMENTS_BYTES)).optional(),
    response: atMostCharacters(RESPONSE_CHARACTERS).optional(),
    argumentsDigest: atMostCharacters(200).optional(),
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
  /** The digest of what the person saw. If present, it must equal the approval's. */
  argumentsDigest?: string;
  /** ISO 8601, by the sender's clock. It is only recorded. */
  decidedAt: string;
  /** Its source: `client`, `api`, `inbox`, `cli`, `webhook:<source>`, `signal`, `handover`. */
  source: string;
}

/** A decision as a program passes it to the client, which adds missing fields. */
export interface NewDecision extends Omit<Decision, 'decisionId' | 'decidedAt' | 'source'> {
  /** Identifies the decision: sent again with the same id, it counts once. Random by default. */
  decisionId?: string | undefined;
  /** ISO 8601; now by default. */
  decidedAt?: string | undefined;
  /** Its source; `client` by default. */
  source?: string | undefined;
}

/** The decision that settled an approval, as readers see it. */
export type DecisionRecord = Omit<Decision, 'approvalId' | 'argumentsDigest'>;

/** The result of the action. It stays `executing` if the provider runs the call and never reports its end. */
export type ActionOutcome = 'executing' | 'executed' | 'failed' | 'not_executed' | 'unknown';

/** Who proposed arguments: the model, the requester (an API key's name), or a person who changed them. */
export type Proposer = { kind: 'model' } | { kind: 'requester'; id: string } | { kind: 'person'; id: string };

/** Proposed arguments, after review. */
export interface Proposal {
  by: Proposer;
  /** ISO 8601: when approval was asked for, or when the edit was applied. */
  at: string;
  arguments: ToolArguments;
  argumentsDigest: string;
}

/** An approval and its state. The turn's memo holds it, so reading it needs no worker. */
export interface Approval {
  approvalId: string;
  turnId: string;
  conversationId: string;
  tenant: string;
  assistant: string;
  toolCallId: string;
  tool: string;
  toolDescription: string;
  /** The arguments that run if it is approved. After an edit, the edited ones. */
  arguments: ToolArguments;
  /** `sha256:<hex>` over the canonical JSON (RFC 8785) of tool, arguments and tenant. */
  argumentsDigest: string;
  /** Earlier values of `arguments`, oldest first; absent until a person changes them (contracts/deciding/proposals.ts). */
  replaced?: Proposal[];
  status: ApprovalStatus;
  /** The policy's reason for asking. */
  reason?: string;
  /** Groups that may decide: an approver must belong to one. Absent: any approver. */
  approvers?: string[];
  /** The user the turn acts for, from the trusted context. For a request, the name of its API key. */
  requestedBy?: string;
  /** Whom a request is meant for, in the requester's words. It restricts nobody. */
  meantFor?: string;
  /** ISO 8601, Temporal's clock. */
  requestedAt: string;
  /** When it expires: after the policy's `within`, else at the run deadline. `null`: never. */
  deadline: string | null;
  /** When the run must have its outputs: its `expires_at` less the submit margin. `null`: the protocol has none. */
  runDeadline: string | null;
  onRunDeadline: OnRunDeadline;
  /** ISO 8601: when it was parked. It stays open until `deadline`. */
  parkedAt?: string;
  /** ISO 8601: when a decision settled it, or when it ended without one. */
  resolvedAt?: string;
  decision?: DecisionRecord;
  outcome?: ActionOutcome;
  /** The provider executes the call once it is approved. It can be approved or denied, and not taken back. */
  runsAt?: 'provider';
}

type OfTurn = 'turnId' | 'conversationId' | 'assistant' | 'toolCallId';

/** An approval that was asked for over HTTP (contracts/request.ts): it has no turn, and its tool is `request`. */
export type RequestApproval = Omit<Approval, OfTurn> & Partial<Record<OfTurn, never>>;

/** Everything that a person can decide. */
export type AnyApproval = Approval | RequestApproval;

/** An approval as readers see it, with all proposals, oldest first. `arguments` holds the last one. */
export type Shown<Held extends AnyApproval> = Held extends AnyApproval
  ? Omit<Held, 'replaced'> & { proposals: Proposal[] }
  : never;
export type ShownApproval = Shown<Approval>;
/** An approval of a turn or of a request, as readers see it. */
export type AnyShownApproval = Shown<AnyApproval>;

/** Where an approval is also asked for, in addition to the inbox. The first answer wins. */
export type Channel = 'handover';

/** A policy's verdict on one call. */
export type Verdict =
  | { kind: 'allow' }
  | { kind: 'forbid'; reason: string }
  | {
      kind: 'ask';
      withinMs?: number;
      onRunDeadline?: OnRunDeadline;
      approvers?: string[];
      reason?: string;
      askAlso?: Channel;
    };

/** A call after review in an activity: parsed, judged by the policy and given its digest; or refused. */
export type ReviewedCall =
  | { kind: 'refused'; toolCallId: string; tool: string; output: string; runsAt?: 'provider' }
  | ({ kind: 'ready'; verdict: Exclude<Verdict, { kind: 'forbid' }> } & CallToRun);

/** Everything the workflow needs to run one call, exactly as reviewed. */
export interface CallToRun {
  toolCallId: string;
  tool: string;
  toolDescription: string;
  approvalId: string;
  arguments: ToolArguments;
  argumentsDigest: string;
  /** The policy asks a person. Without approval the call never runs. */
  needsApproval: boolean;
  effect: Effect;
  /** What a throwing tool does to the turn. */
  onError: 'report' | 'fail';
  maximumAttempts: number;
  timeoutMs: number;
  /** The provider runs it, so approving it is all that remains to do. */
  runsAt?: 'provider';
}

/** The reviewed arguments of a person's edit. */
export type ReviewedEdit =
  | { kind: 'refused'; reason: 'invalid_arguments' | 'forbidden'; problems: FieldProblem[] }
  | {
      kind: 'ready';
      arguments: ToolArguments;
      argumentsDigest: string;
      verdict: Exclude<Verdict, { kind: 'forbid' }>;
    };

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
 * - `duplicate`: the same decision had settled it before
 * - `conflict`: another decision had settled it (`winner`)
 * - `reused`: another decision of the same sender had this id; `problems` say what differs
 * - `expired`, `cancelled`: the approval was over
 * - `refused`: the approval stays pending; `problems` say why
 * - `unknown`: the turn has no such approval
 */
export interface Receipt {
  outcome: 'applied' | 'duplicate' | 'conflict' | 'reused' | 'expired' | 'cancelled' | 'refused' | 'unknown';
  approvalId: string;
  decisionId: string;
  /** The approval's status after this decision; absent when `unknown`. */
  status?: ApprovalStatus;
  /** Digest of what runs (after an edit: of the edited arguments); absent when `unknown`. */
  argumentsDigest?: string;
  decidedAt?: string;
  winner?: DecisionRecord;
  reason?: RefusalReason;
  problems?: FieldProblem[];
}

/** No worker answered in time, so the decision was left as a durable signal. Read the approval later to see the result. */
export interface Accepted {
  outcome: 'accepted';
  approvalId: string;
  decisionId: string;
}
