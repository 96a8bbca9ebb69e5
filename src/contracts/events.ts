/** Events: what programs elsewhere hear of approvals, actions and turns (src/notices/events/). */

export const EVENT_TYPES = [
  'approval.requested',
  'approval.voted',
  'approval.settled',
  'approval.expired',
  'approval.escalated',
  'action.executed',
  'action.failed',
  'action.unknown',
  'action.stale',
  'turn.completed',
  'turn.failed',
  'turn.parked',
] as const;
/** What an event tells of. */
export type EventType = (typeof EVENT_TYPES)[number];

/** A turn is about to end, or to park. How it has ended Temporal knows. */
export interface TurnEnd {
  tenant: string;
  turnId: string;
  conversationId: string;
  /** Of its execution: one that is reset ends once more. */
  runId: string;
  how: 'ended' | 'parked';
  /** Milliseconds since 1970, the worker's clock. */
  at?: number;
}

/** Input of the workflow `event`: one event for one endpoint. No URL and no secret: workers know them by the endpoint's name. */
export interface EventInput {
  endpoint: string;
  tenant: string;
  /** The `webhook-id`: the same for each attempt, and for each endpoint. */
  id: string;
  type: EventType;
  /** JSON, byte for byte as it is sent. */
  body: string;
}
