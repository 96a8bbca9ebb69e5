import type { OnRunDeadline } from './approval.ts';
import type { ToolArguments } from '../tool-call.ts';
import type { DecisionRecord, FieldProblem } from './decision.ts';
import type { ByGrant } from './grant.ts';
import type { Presented } from './presented.ts';
import type { Notify } from '../notice.ts';
import type { Rule } from './rule.ts';

/**
 * What a tool promises about a repeated call after an unknown outcome. `idempotent`: it has no second effect. `reconcilable`: it can say
 * whether it ran. `at-most-once`: it must not be repeated.
 */
export type Effect = 'idempotent' | 'reconcilable' | 'at-most-once';

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
      rule?: Rule;
      reason?: string;
      askAlso?: Channel;
      notify?: Notify;
      showConversation?: false;
    };

/** A call after review in an activity: parsed, judged by the policy and given its digest; or refused. */
export type ReviewedCall =
  | { kind: 'refused'; toolCallId: string; tool: string; output: string; runsAt?: 'provider' }
  | ({
      kind: 'ready';
      verdict: Exclude<Verdict, { kind: 'forbid' }>;
      unmeetable?: string;
      presented?: Presented;
      /** A grant lets it through: nobody is asked. */
      byGrant?: ByGrant & { decision: DecisionRecord };
    } & CallToRun);

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
      /** Why nobody of the directory can meet what it asks for. */
      unmeetable?: string;
      presented?: Presented;
    };
