import type { Notify } from '../notice.ts';
import type { ToolArguments } from '../tool-call.ts';
import type { DecisionRecord } from './decision.ts';
import type { ByGrant } from './grant.ts';
import type { Presented } from './presented.ts';
import type { GrantTerms, Rule } from './rule.ts';
import type { ApprovalStatus } from './status.ts';

/**
 * What happens at the run's deadline while the approval is pending. `deny` tells the model that time is up, `cancel` cancels the run,
 * `park` lets the model continue without the action and keeps the approval open.
 */
export type OnRunDeadline = 'deny' | 'cancel' | 'park';

/** The result of the action. `stale`: it was approved, and no longer held when it was to run; nothing ran. It stays `executing` if the provider runs the call and never reports its end. */
export type ActionOutcome = 'executing' | 'executed' | 'failed' | 'not_executed' | 'stale' | 'unknown';

/** Who proposed arguments: the model, the requester (an API key's name), or a person who changed them. */
export type Proposer = { kind: 'model' } | { kind: 'requester'; id: string } | { kind: 'person'; id: string };

/** Proposed arguments, after review. */
export interface Proposal {
  by: Proposer;
  /** ISO 8601: when approval was asked for, or when the edit was applied. */
  at: string;
  arguments: ToolArguments;
  argumentsDigest: string;
  /** Given for it, before somebody changed it. They count no more. */
  votes?: Vote[];
}

/** One approver's decision. Where one is enough, it is the decision itself. */
export type Vote = DecisionRecord & {
  /** ISO 8601, Temporal's clock: when it was counted. */
  at: string;
};

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
  /** How `arguments` are shown beside that; absent where tool and schema say nothing of it. */
  presented?: Presented;
  /** Earlier values of `arguments`, oldest first; absent until a person changes them (contracts/deciding/proposals.ts). */
  replaced?: Proposal[];
  /** Who changed `arguments` last, and when; absent until a person does. */
  proposed?: Pick<Proposal, 'by' | 'at'>;
  status: ApprovalStatus;
  /** The policy's reason for asking. */
  reason?: string;
  /** Groups that may decide: an approver must belong to one. Absent: any approver. */
  approvers?: string[];
  /** What must be met beside that. Absent: one person's decision settles it. */
  rule?: Rule;
  /** Why nobody could meet that, by the directory when it was asked; the rest of a sentence. */
  unmeetable?: string;
  /** Whom the policy tells of it, and who is told next. Absent: what the worker is configured for. */
  notify?: Notify;
  /** The policy wants the card without the conversation. */
  showConversation?: false;
  /** Votes for what stands in `arguments`, in their order, once the first one has not settled it. */
  votes?: Vote[];
  /** The user the turn acts for, from the trusted context. For a request, the name of its API key. */
  requestedBy?: string;
  /** Decisions about it need the signature of a gateway. */
  isAttested?: true;
  /** The API key that began the turn. */
  startedBy?: string;
  /** It was approved before, and did not run: the approval, who approved it and when, and why it is asked again. */
  askedBefore?: { approvalId: string; approvedBy: string[]; at: string; why: string };
  /** Whom a request is meant for, in the requester's words. `rule.person` or `approvers` say so where a directory knows them. */
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
  /** Whoever approved it also let narrower calls through until then (ISO 8601). */
  granted?: GrantTerms & { until: string };
  /** Nobody was asked: a grant let it through. `decision` is then the grant's. */
  byGrant?: ByGrant;
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
  ? Omit<Held, 'replaced' | 'proposed'> & { proposals: Proposal[] }
  : never;
export type ShownApproval = Shown<Approval>;
/** An approval of a turn or of a request, as readers see it. */
export type AnyShownApproval = Shown<AnyApproval>;
