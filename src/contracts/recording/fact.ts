import type { AnyApproval } from '../approval/approval.ts';
import type { DecisionRecord } from '../approval/decision.ts';
import type { Grant } from '../approval/grant.ts';
import type { PresentedByTool } from '../approval/presented.ts';
import type { Rule } from '../approval/rule.ts';
import type { Attempt } from './refusals.ts';

/**
 * Something that has happened to an approval, and that the record is to tell. It travels with the activity that runs next, which writes it;
 * until one has, the workflow keeps it. Writing one twice is writing it once (src/record/entries.ts).
 */
export type Fact = {
  approvalId: string;
  tool: string;
  /** Of the arguments it is about; of a vote: what the person saw. */
  digest: string;
  /** ISO 8601: when it happened. */
  at: string;
} & (
  | { is: 'requested'; question: Question }
  /** `rule`: of an edit, what has to be met from then on. */
  | { is: 'voted'; vote: DecisionRecord; rule?: RecordedRule }
  /** `grantId`: of the grant that let it through, where nobody was asked. */
  | { is: 'settled'; status: 'approved' | 'denied' | 'answered'; decisionId: string; grantId?: string }
  | { is: 'granted'; grant: Grant }
  | { is: 'refused'; attempt: Attempt; reason: string }
  | { is: 'parked' | 'expired' | 'cancelled' | 'started' }
  | { is: 'ended'; outcome: EffectOutcome; output?: string }
);

/** What is asked, as far as the record and lists tell it. */
export type Question = Pick<
  AnyApproval,
  | 'arguments'
  | 'deadline'
  | 'runDeadline'
  | 'onRunDeadline'
  | 'toolDescription'
  | 'reason'
  | 'approvers'
  | 'rule'
  | 'requestedBy'
  | 'startedBy'
  | 'meantFor'
  | 'askedBefore'
  | 'runsAt'
  | 'unmeetable'
  | 'notify'
  | 'byGrant'
> & {
  /** Absent for a request. */
  assistant?: string | undefined;
  toolCallId?: string | undefined;
  /** The beginning of what the tool presents. */
  presented?: PresentedByTool;
};

/** Whose approval it is: a turn's, or a request's. */
export interface About {
  tenant: string;
  turnId?: string;
  conversationId?: string;
}

export type RecordedRule = Rule & { approvers?: string[] };

/** How an effect ended. `stale`: it never began. */
export type EffectOutcome = 'executed' | 'failed' | 'stale' | 'unknown';

/**
 * What an activity says of the record: all that it was to write is `written`, or it is `owed` because the store could not be used. Absent
 * where the worker has no store.
 */
export type Writing = 'written' | 'owed';
