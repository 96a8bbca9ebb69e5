/** Names that workflows, their starters and their readers share: public API, scripts use them. */

export const CONVERSATION_WORKFLOW = 'conversation';
export const TURN_WORKFLOW = 'turn';
export const REQUEST_WORKFLOW = 'request';
export const HANDOVER_WORKFLOW = 'handover';
export const NOTICE_WORKFLOW = 'notice';
export const EVENT_WORKFLOW = 'event';

/** The name of our memo field, on every workflow type. */
export const MEMO = 'countersign';

/** The signal by which a turn tells its conversation what it leaves. */
export const TURN_LEFT_SIGNAL = 'turnLeft';

/** The signal by which a notice hears what became of its approval. */
export const NEWS_SIGNAL = 'news';

/** `ApprovalStatus` of a turn or request in which a person was asked. It stays when that is settled: whether it is the memo knows. */
export const ASKED = 'asked';

/** The memo field with the digest of the body that came with an idempotency key. */
export const BODY_DIGEST_FIELD = `${MEMO}.body`;

/** The memo field of a turn's approval, by its place among them. */
export function approvalField(index: number): string {
  return `${MEMO}.approval.${index}`;
}

/**
 * How long a task that a worker took and died with keeps its workflow waiting. Temporal's default is 10 s; our tasks take
 * milliseconds, and people wait behind them.
 */
export const WORKFLOW_TASK_TIMEOUT = '4s';
