import { z } from 'zod';

import type { Approval } from './approval.ts';
import type { FailureView } from './failures.ts';
import type { RunReference, Usage } from './run.ts';

export const TURN_STATUSES = [
  'queued',
  'running',
  'awaiting_decision',
  'parked',
  'completed',
  'failed',
  'cancelled',
  'expired',
] as const;
export type TurnStatus = (typeof TURN_STATUSES)[number];

/** Statuses a turn never leaves. */
export const FINAL_TURN_STATUSES: ReadonlySet<TurnStatus> = new Set([
  'completed',
  'failed',
  'cancelled',
  'expired',
]);

/**
 * Who the turn acts for, given by the service and trusted: tools read tenant and user from here, never from the model's
 * arguments. `tenant` is added from the credential. Other fields are the application's own.
 */
const TurnContextSchema = z.looseObject({
  user: z.string().min(1).max(200).optional(),
});
export type TurnContext = { tenant: string; user?: string } & Record<string, unknown>;

/** The body of `POST /v1/conversations/{conversationId}/turns`. */
export const TurnBodySchema = z.strictObject({
  message: z.string().min(1, 'must not be empty').max(256_000, 'must not be longer than 256,000 characters'),
  assistant: z.string().min(1).max(64).optional(),
  context: TurnContextSchema.optional(),
  metadata: z.record(z.string().max(64), z.string().max(512)).optional(),
});

/** One message said in a conversation: the payload of update and signal `say`. */
export interface Say {
  turnId: string;
  message: string;
  assistant?: string;
  context: TurnContext;
  metadata?: Record<string, string>;
}

/** Input of the `turn` workflow. */
export interface TurnInput extends Say {
  tenant: string;
  conversationId: string;
  /** The provider's thread, once the conversation has one. */
  threadId?: string;
  /** It was cancelled while it stood in the queue. */
  cancelled?: boolean;
}

/** Result of the `turn` workflow, and details of its failure. */
export interface TurnResult {
  status: 'completed';
  reply: string;
  threadId: string;
  run: RunReference;
  usage?: Usage;
  approvals: Approval[];
  /** Turns that told the model what became of approvals which this turn had parked. */
  continuations: string[];
}

/** What a failed turn leaves behind beside its failure type and message. */
export interface TurnRemains {
  threadId?: string;
}

/** What the turn's memo holds under `countersign` while it runs, upserted whenever it changes. */
export interface TurnMemo {
  status: TurnStatus;
  approvals: Approval[];
  run?: RunReference;
  /** Of a parked turn: the model has answered, approvals are still open. */
  reply?: string;
  continuations?: string[];
}

/** What the conversation's memo holds under `countersign`: turns that wait for their turn, written only when some do. */
export interface ConversationMemo {
  queue: { turnId: string; cancelled: boolean }[];
}

/** `GET /v1/turns/{turnId}`. */
export interface TurnView {
  turnId: string;
  conversationId: string;
  status: TurnStatus;
  reply?: string;
  approvals: Approval[];
  run?: RunReference;
  usage?: Usage;
  /** Turns that told the model what became of parked approvals. */
  continuations?: string[];
  failure?: FailureView;
}
